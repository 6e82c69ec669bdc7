extension ClientConfiguration {
    /// Certificates for connections with TLS.
    ///
    ///     var configuration = ClientConfiguration()
    ///     configuration.tls = .init(
    ///         authorities: .file("operator-ca.pem"), certificate: .file("app.pem"), privateKey: .file("app.key"))
    ///
    /// Without these settings, the client trusts the system's authorities. On Linux the environment variable
    /// `SSL_CERT_FILE` names a file that replaces them. The client reads all files when it makes the first connection.
    /// If a file cannot be read, the call fails with ``NetworkAsCodeError/Kind-swift.struct/invalidArgument``.
    public struct TLS: Hashable, Sendable {
        /// Certificates of authorities that the client trusts besides the system's, such as an operator's own.
        public var authorities: PEM?
        /// The client's certificate, followed by intermediate certificates, for servers that require one.
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

    /// Certificates or a key in the PEM format. Descriptions never show the text.
    public enum PEM: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
        /// The path of a file.
        case file(String)
        /// The text itself.
        case text(String)

        /// The path of a file; for a text, only the fact that it is a text.
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
