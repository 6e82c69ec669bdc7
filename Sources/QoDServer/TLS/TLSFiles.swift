/// The files with which the server speaks TLS, all in PEM.
public struct TLSFiles: Hashable, Sendable {
    /// The server's certificate and those that lead from it to the authority.
    public var certificate: String
    public var privateKey: String
    /// The authorities of clients' certificates; `nil` asks for none.
    public var clientCA: String?
    public var clientCertificates = ClientCertificates.required

    public init(certificate: String, privateKey: String, clientCA: String? = nil, clientCertificates: ClientCertificates = .required) {
        self.certificate = certificate
        self.privateKey = privateKey
        self.clientCA = clientCA
        self.clientCertificates = clientCertificates
    }

    /// Whether a client may do without a certificate. One that is shown must hold, either way.
    public enum ClientCertificates: String, CaseIterable, Hashable, Sendable {
        case required
        case optional
    }
}

/// A file that TLS cannot be spoken with: its setting, where it is, what is wrong.
public struct TLSFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ setting: String, _ path: String, _ reason: String) {
        description = "\(setting): \(path): \(reason)"
    }
}
