public import QualityOnDemand

/// A proxy that opens tunnels (CONNECT) to the targets of the platform's connections.
public struct ForwardProxy: Hashable, Sendable, Confidential {
    /// The proxy's name or address; an IPv6 address has no brackets.
    public var host: String
    public var port: Int
    /// User and password in the form of the scheme Basic (RFC 7617), if the proxy demands them.
    public var basicCredentials: String?

    public init(host: String, port: Int, basicCredentials: String? = nil) {
        self.host = host
        self.port = port
        self.basicCredentials = basicCredentials
    }
}

/// Selects the proxy of each connection.
public struct ProxyRules: Sendable {
    private let rule: @Sendable (_ isSecure: Bool, _ host: String, _ port: Int) -> ForwardProxy?

    /// - Parameter rule: the proxy for connections to that host and port, with or without TLS; `nil` means a direct
    ///   connection. The rule must return `nil` for this machine. It must also return `nil` for TLS to an IP address,
    ///   because the certificate is checked against the address of the connection.
    public init(_ rule: @escaping @Sendable (_ isSecure: Bool, _ host: String, _ port: Int) -> ForwardProxy?) {
        self.rule = rule
    }

    /// All connections are direct.
    public static let none = ProxyRules { _, _, _ in nil }

    func proxy(isSecure: Bool, host: String, port: Int) -> ForwardProxy? {
        rule(isSecure, host, port)
    }
}
