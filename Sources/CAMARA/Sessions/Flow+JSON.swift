import QualityOnDemand

/// The schemas ApplicationServer and PortsSpec.
extension ApplicationServer {
    init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        let list = try object.optional("ipAddresses") { node throws(InvalidValue) in
            try node.array(of: 1...Self.maximumAddresses) { item throws(InvalidValue) in try item.string(upTo: 45) }
        }
        let ipv4Address = try object.optionalString("ipv4Address", upTo: 18)
        let ipv6Address = try object.optionalString("ipv6Address", upTo: 49)
        try object.finish()
        guard let list else {
            try self.init(ipv4Address: ipv4Address, ipv6Address: ipv6Address)
            return
        }
        guard ipv4Address == nil, ipv6Address == nil else {
            throw InvalidValue("has ipAddresses beside ipv4Address or ipv6Address; either the list or the subnets are allowed")
        }
        try self.init(ipAddresses: list)
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            switch form {
            case .subnets:
                json.write("ipv4Address", ipv4Address)
                json.write("ipv6Address", ipv6Address)
            case .list:
                json.name("ipAddresses")
                json.array(addresses) { $0.string($1.description) }
            }
        }
    }
}

extension PortsSpec {
    init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        let ranges = try object.optional("ranges") { node throws(InvalidValue) in
            try node.array(of: 1...65536, PortRange.init)
        }
        let ports = try object.optional("ports") { node throws(InvalidValue) in try node.array(of: 1...65536, Self.port) }
        try object.finish()
        try self.init(ranges: ranges ?? [], ports: ports ?? [])
    }

    fileprivate static func port(_ node: JSONNode) throws(InvalidValue) -> UInt16 {
        UInt16(try node.integer(in: 1...65535, kind: .outOfRange))
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            if !ranges.isEmpty {
                json.name("ranges")
                json.array(ranges) { json, range in
                    json.object { json in
                        json.write("from", Int(range.first))
                        json.write("to", Int(range.last))
                    }
                }
            }
            if !ports.isEmpty {
                json.name("ports")
                json.array(ports) { $0.integer($1) }
            }
        }
    }
}

extension PortRange {
    init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        let first = try object.required("from", PortsSpec.port)
        let last = try object.required("to", PortsSpec.port)
        try object.finish()
        try self.init(first: first, last: last)
    }
}
