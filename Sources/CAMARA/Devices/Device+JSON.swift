public import QualityOnDemand

/// The schemas Device, DeviceResponse, DeviceIpv4Address and DeviceIpv6Address.
extension Device {
    /// - Throws: ``QualityOnDemand/InvalidValue`` with the path of the first property that does not fit.
    public init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        let phoneNumber = try object.optional("phoneNumber") { node throws(InvalidValue) in
            try PhoneNumber(try node.string(upTo: 16))
        }
        let networkAccessIdentifier = try object.optional("networkAccessIdentifier") { node throws(InvalidValue) in
            try NetworkAccessIdentifier(try node.string(upTo: 2048))
        }
        let ipv4Address = try object.optional("ipv4Address", DeviceIPv4Address.init)
        let ipv6Address = try object.optional("ipv6Address") { node throws(InvalidValue) in
            try DeviceIPv6Address(try node.string(upTo: 45))
        }
        try object.finish()
        try self.init(
            phoneNumber: phoneNumber, networkAccessIdentifier: networkAccessIdentifier,
            ipv4Address: ipv4Address, ipv6Address: ipv6Address)
    }

    /// Writes all identifiers.
    public func write(to json: inout JSONWriter) {
        write(to: &json, kinds: IdentifierKind.allCases)
    }

    /// Writes the identifier of one kind, as given.
    public func write(only kind: IdentifierKind, to json: inout JSONWriter) {
        write(to: &json, kinds: [kind])
    }

    private func write(to json: inout JSONWriter, kinds: [IdentifierKind]) {
        json.object { json in
            for kind in kinds {
                switch kind {
                case .ipv4Address: json.write("ipv4Address", ipv4Address) { $1.write(to: &$0) }
                case .ipv6Address: json.write("ipv6Address", ipv6Address?.description)
                case .phoneNumber: json.write("phoneNumber", phoneNumber?.description)
                case .networkAccessIdentifier: json.write("networkAccessIdentifier", networkAccessIdentifier?.description)
                }
            }
        }
    }
}

extension DeviceIPv4Address {
    init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        let address = { (node: JSONNode) throws(InvalidValue) -> IPv4Address in try IPv4Address(try node.string(upTo: 15)) }
        let publicAddress = try object.required("publicAddress", address)
        let privateAddress = try object.optional("privateAddress", address)
        let publicPort = try object.optionalInteger("publicPort", in: 1...65535)
        try object.finish()
        try self.init(publicAddress: publicAddress, privateAddress: privateAddress, publicPort: publicPort.map { UInt16($0) })
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.write("publicAddress", publicAddress.description)
            json.write("privateAddress", privateAddress?.description)
            json.write("publicPort", publicPort.map { Int($0) })
        }
    }
}
