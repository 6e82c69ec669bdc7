/// The way to a sink.
enum SinkRoute: Hashable, Sendable {
    /// Straight to an address that was checked.
    case direct(SinkAddress)
    /// Through a proxy, to an address that was checked; without one to the sink's name, which the proxy resolves.
    case tunnel(ForwardProxy, to: SinkAddress?)
}

extension SinkRoute {
    /// What the proxy is asked for (RFC 9110, section 9.3.6).
    static func authority(_ address: SinkAddress?, _ url: SinkURL) -> String {
        switch address {
        case .ipv4(let address): "\(address):\(url.port)"
        case .ipv6(let address): "[\(address)]:\(url.port)"
        case nil: "\(url.host):\(url.port)"
        }
    }
}

extension SinkURL {
    /// Whether the host is a name that only the DNS knows. `localhost` is not, and some resolvers take `127.1` and `0x7f000001` for addresses.
    var hasPlainName: Bool {
        let last = host.split(separator: ".").last ?? ""
        return !host.contains(":") && !last.allSatisfy(\.isNumber) && !last.hasPrefix("0x") && last != "localhost"
    }
}
