public import QualityOnDemand

/// The schema QosProfile.
extension QoSProfile {
    public init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        let name = try object.required("name", QoSProfileName.init)
        let description = try object.optional("description", Self.description)
        let status = try object.required("status") { node throws(InvalidValue) in try node.choice(of: Status.self) }
        self.init(name: name, description: description, status: status)
        countryAvailability = try object.optional("countryAvailability", Self.countries)
        targetMinUpstreamRate = try object.optional("targetMinUpstreamRate", Rate.init)
        maxUpstreamRate = try object.optional("maxUpstreamRate", Rate.init)
        maxUpstreamBurstRate = try object.optional("maxUpstreamBurstRate", Rate.init)
        targetMinDownstreamRate = try object.optional("targetMinDownstreamRate", Rate.init)
        maxDownstreamRate = try object.optional("maxDownstreamRate", Rate.init)
        maxDownstreamBurstRate = try object.optional("maxDownstreamBurstRate", Rate.init)
        minDuration = try object.optional("minDuration", TimeSpan.init)
        maxDuration = try object.optional("maxDuration", TimeSpan.init)
        priority = try object.optionalInteger("priority", in: 1...100)
        packetDelayBudget = try object.optional("packetDelayBudget", TimeSpan.init)
        jitter = try object.optional("jitter", TimeSpan.init)
        packetErrorLossRate = try object.optionalInteger("packetErrorLossRate", in: 1...10)
        l4sQueueType = try object.optionalChoice("l4sQueueType", of: L4SQueueType.self)
        serviceClass = try object.optionalChoice("serviceClass", of: ServiceClass.self)
        try object.finish()
    }

    /// Reads the answer of retrieveQoSProfiles, or a file of profiles.
    public static func list(_ node: JSONNode) throws(InvalidValue) -> [QoSProfile] {
        try node.array(of: 0...10_000, QoSProfile.init)
    }

    private static func description(_ node: JSONNode) throws(InvalidValue) -> String {
        let text = try node.string(upTo: 1024)
        let hasControl = text.unicodeScalars.contains { scalar in
            (0..<0x20).contains(scalar.value) && !"\t\n\r".unicodeScalars.contains(scalar) || (0x7f...0x9f).contains(scalar.value)
        }
        guard !hasControl else { throw InvalidValue("has control characters; only tabs and line ends are allowed") }
        return text
    }

    private static func countries(_ node: JSONNode) throws(InvalidValue) -> [Country] {
        try node.array(of: 0...250, Country.init)
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.write("name", name.description)
            json.write("description", description)
            json.write("status", status.rawValue)
            json.write("countryAvailability", countryAvailability) { json, countries in
                json.array(countries) { $1.write(to: &$0) }
            }
            writeRates(to: &json)
            json.write("minDuration", minDuration) { $1.write(to: &$0) }
            json.write("maxDuration", maxDuration) { $1.write(to: &$0) }
            json.write("priority", priority)
            json.write("packetDelayBudget", packetDelayBudget) { $1.write(to: &$0) }
            json.write("jitter", jitter) { $1.write(to: &$0) }
            json.write("packetErrorLossRate", packetErrorLossRate)
            json.write("l4sQueueType", l4sQueueType?.rawValue)
            json.write("serviceClass", serviceClass?.rawValue)
        }
    }

    private func writeRates(to json: inout JSONWriter) {
        json.write("targetMinUpstreamRate", targetMinUpstreamRate) { $1.write(to: &$0) }
        json.write("maxUpstreamRate", maxUpstreamRate) { $1.write(to: &$0) }
        json.write("maxUpstreamBurstRate", maxUpstreamBurstRate) { $1.write(to: &$0) }
        json.write("targetMinDownstreamRate", targetMinDownstreamRate) { $1.write(to: &$0) }
        json.write("maxDownstreamRate", maxDownstreamRate) { $1.write(to: &$0) }
        json.write("maxDownstreamBurstRate", maxDownstreamBurstRate) { $1.write(to: &$0) }
    }
}

extension QoSProfile.Country {
    init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        let name = try object.required("countryName") { node throws(InvalidValue) in try node.string(upTo: 2) }
        let networks = try object.optional("networks") { node throws(InvalidValue) in
            try node.array(of: 0...100, Self.network)
        }
        try object.finish()
        guard name.utf8.count == 2, name.utf8.allSatisfy({ (0x41...0x5a).contains($0) }) else {
            throw InvalidValue("\"\(Excerpt.of(name))\" is not a country's two letters, such as FI").at("countryName")
        }
        self.init(countryName: name, networks: networks)
    }

    private static func network(_ node: JSONNode) throws(InvalidValue) -> String {
        let network = try node.string(upTo: 6)
        guard network.utf8.count >= 5, network.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw InvalidValue("\"\(Excerpt.of(network))\" is not a network's 5 or 6 digits, such as 24491")
        }
        return network
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.write("countryName", countryName)
            json.write("networks", networks) { json, networks in json.array(networks) { $0.string($1) } }
        }
    }
}

extension Rate {
    init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        let value = try object.required("value") { node throws(InvalidValue) in try node.integer(in: 0...1024) }
        let unit = try object.required("unit") { node throws(InvalidValue) in try node.choice(of: Unit.self) }
        try object.finish()
        self.init(value, unit)
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.write("value", value)
            json.write("unit", unit.rawValue)
        }
    }
}

extension TimeSpan {
    init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        let value = try object.required("value") { node throws(InvalidValue) in try node.integer(in: 1...2_147_483_647) }
        let unit = try object.required("unit") { node throws(InvalidValue) in try node.choice(of: Unit.self) }
        try object.finish()
        self.init(value, unit)
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.write("value", value)
            json.write("unit", unit.rawValue)
        }
    }
}
