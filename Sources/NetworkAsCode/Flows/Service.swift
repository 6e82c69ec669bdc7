import QualityOnDemand

/// The service that a session's flow goes to, as the provider gives it.
public enum Service: Hashable, Sendable, CustomStringConvertible {
    /// An IPv4 address or subnet, an IPv6 one, or both.
    case subnets(ipv4: String?, ipv6: String?)
    /// Single addresses of either kind.
    case addresses([String])

    /// All addresses and subnets, in order.
    public var all: [String] {
        switch self {
        case .subnets(let ipv4, let ipv6): [ipv4, ipv6].compactMap { $0 }
        case .addresses(let addresses): addresses
        }
    }

    /// The addresses and subnets, separated by commas.
    public var description: String { all.joined(separator: ", ") }

    init(_ server: QualityOnDemand.ApplicationServer) {
        switch server.form {
        case .subnets: self = .subnets(ipv4: server.ipv4Address, ipv6: server.ipv6Address)
        case .list: self = .addresses(server.addresses.map(\.description))
        }
    }

    /// The checked service, as the application named it. Errors carry the names of the SDK's parameters.
    func validated() throws(InvalidValue) -> QualityOnDemand.ApplicationServer {
        switch self {
        case .subnets(nil, nil):
            throw InvalidValue("no service is named; serviceIPv4, serviceIPv6 or applicationServer is needed")
        case .subnets(let ipv4, let ipv6):
            if let ipv4 { _ = try at("serviceIPv4") { () throws(InvalidValue) in try IPSubnet(ipv4: ipv4) } }
            if let ipv6 { _ = try at("serviceIPv6") { () throws(InvalidValue) in try IPSubnet(ipv6: ipv6) } }
            return try ApplicationServer(ipv4Address: ipv4, ipv6Address: ipv6)
        case .addresses(let addresses):
            do { return try ApplicationServer(ipAddresses: addresses) } catch { throw error.renamed("ipAddresses", "applicationServer") }
        }
    }
}

extension InvalidValue {
    /// The same error with another name for the outermost property, if that is `old`.
    func renamed(_ old: String, _ new: String) -> InvalidValue {
        guard path.first == .property(old) else { return self }
        return path.dropFirst().reversed().reduce(InvalidValue(reason, kind: kind)) { error, element in
            switch element {
            case .property(let name): error.at(name)
            case .index(let index): error.at(index: index)
            }
        }.at(new)
    }
}
