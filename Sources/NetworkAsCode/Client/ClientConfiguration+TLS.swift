extension ClientConfiguration {
    /// Certificates for connections with TLS.
    ///
    ///     var configuration = ClientConfiguration()
    ///     configuration.tls = .init(authorities: .file("operator-ca.pem"), certificate: .file("app.pem"), privateKey: .file("app.key"))
    ///
    /// Without any, the system's authorities are trusted; on Linux the environment variable `SSL_CERT_FILE` names a file that
    /// takes their place. Files are read when the first connection is made; where that fails, the call fails with
    /// ``NetworkAsCodeError/Kind-swift.struct/invalidArgument``.
    public struct TLS: Hashable, Sendable {
        /// Certificates of authorities that are trusted beside the system's, such as an operator's own.
        public var authorities: PEM?
        /// The client's certificate, with intermediate ones after it, for servers that want one.
        public var certificate: PEM?
        /// The private key of ``certificate``, not encrypted.
        public var privateKey: PEM?

        /// Creates settings.
        public init(authorities: PEM? = nil, certificate: PEM? = nil, privateKey: PEM? = nil) {
            self.authorities = authorities
            self.certificate = certificate
            self.privateKey = privateKey
        }
    }

    /// Certificates or a key in the PEM format. Descriptions do not show a text.
    public enum PEM: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
        /// The path of a file.
        case file(String)
        /// The text itself.
        case text(String)

        /// The path, or that it is a text.
        public var description: String {
            switch self {
            case .file(let path): path
            case .text: "PEM text"
            }
        }
        /// The same as ``description``.
        public var debugDescription: String { description }
        /// Shows ``description`` and nothing else.
        public var customMirror: Mirror { Mirror(self, children: ["pem": description]) }
    }
}
