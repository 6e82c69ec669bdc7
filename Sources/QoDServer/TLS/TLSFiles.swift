/// The server's files for TLS, all in PEM.
public struct TLSFiles: Hashable, Sendable {
    /// The server's certificate, and the intermediate certificates up to the authority.
    public var certificate: String
    public var privateKey: String
    /// The authorities of clients' certificates; with `nil`, the server asks for no certificates.
    public var clientCA: String?
    public var clientCertificates = ClientCertificates.required

    public init(certificate: String, privateKey: String, clientCA: String? = nil, clientCertificates: ClientCertificates = .required) {
        self.certificate = certificate
        self.privateKey = privateKey
        self.clientCA = clientCA
        self.clientCertificates = clientCertificates
    }

    /// Whether a client needs a certificate. In both cases, a certificate that the client sends must be valid.
    public enum ClientCertificates: String, CaseIterable, Hashable, Sendable {
        case required
        case optional
    }
}

/// A file that is unusable for TLS: its setting, its path, and the reason.
public struct TLSFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ setting: String, _ path: String, _ reason: String) {
        description = "\(setting): \(path): \(reason)"
    }
}
