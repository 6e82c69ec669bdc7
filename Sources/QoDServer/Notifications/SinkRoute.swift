import QualityOnDemand

/// The way to a sink.
enum SinkRoute: Hashable, Sendable {
    /// Directly to a checked address.
    case direct(SinkAddress)
    /// Through a proxy to a checked address; without an address, to the sink's name, which the proxy resolves.
    case tunnel(ForwardProxy, to: SinkAddress?)
}

extension SinkRoute {
    /// The target that the platform asks the proxy for (RFC 9110, section 9.3.6).
    static func authority(_ address: SinkAddress?, _ url: SinkURL) -> String {
        switch address {
        case .ipv4(let address): "\(address):\(url.port)"
        case .ipv6(let address): "[\(address)]:\(url.port)"
        case nil: "\(url.host):\(url.port)"
        }
    }
}

extension SinkURL {
    /// Whether the host is a name that only the DNS knows. `localhost` is not such a name, and some resolvers read
    /// `127.1` and `0x7f000001` as addresses.
    var hasPlainName: Bool {
        let last = host.split(separator: ".").last ?? ""
        return !host.contains(":") && !last.allSatisfy(\.isNumber) && !last.hasPrefix("0x") && last != "localhost"
    }
}
