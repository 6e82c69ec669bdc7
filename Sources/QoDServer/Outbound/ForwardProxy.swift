public import QualityOnDemand

/// A proxy that makes tunnels (CONNECT) to where the platform wants to connect.
public struct ForwardProxy: Hashable, Sendable, Confidential {
    /// Its name or address; an IPv6 address without brackets.
    public var host: String
    public var port: Int
    /// User and password as the scheme Basic writes them (RFC 7617), where the proxy wants them.
    public var basicCredentials: String?

    public init(host: String, port: Int, basicCredentials: String? = nil) {
        self.host = host
        self.port = port
        self.basicCredentials = basicCredentials
    }
}

/// Which proxy is used for what.
public struct ProxyRules: Sendable {
    private let rule: @Sendable (_ isSecure: Bool, _ host: String, _ port: Int) -> ForwardProxy?

    /// - Parameter rule: the proxy for connections to that host and port, with TLS or without; `nil` where they go straight to it. It must be `nil`
    ///   for this machine, and for TLS to a host that is an IP address: its certificate is checked against the address of the connection.
    public init(_ rule: @escaping @Sendable (_ isSecure: Bool, _ host: String, _ port: Int) -> ForwardProxy?) {
        self.rule = rule
    }

    /// Everything goes straight to where it is sent.
    public static let none = ProxyRules { _, _, _ in nil }

    func proxy(isSecure: Bool, host: String, port: Int) -> ForwardProxy? {
        rule(isSecure, host, port)
    }
}
