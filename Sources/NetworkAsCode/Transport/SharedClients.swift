import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The HTTP clients of this process, one for each combination of connection settings. They live as long as the
/// process, as `HTTPClient.shared` does, so that nobody has to shut them down.
actor SharedClients {
    static let instance = SharedClients()

    /// The settings of a connection.
    struct Key: Hashable {
        var connectTimeout: Duration
        var tls: ClientConfiguration.TLS
        var proxy: ClientConfiguration.Proxy.Endpoint?
    }

    private var clients: [Key: HTTPClient] = [:]

    /// - Throws: ``TransportError`` if certificates cannot be read.
    func client(_ key: Key) throws(TransportError) -> HTTPClient {
        if let client = clients[key] { return client }
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = TimeAmount(key.connectTimeout)
        // Only the SDK's own retry policy decides about retries.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.proxy = key.proxy.map { proxy in
            .server(
                host: proxy.host, port: proxy.port, authorization: proxy.basicCredentials.map { HTTPClient.Authorization.basic(credentials: $0) })
        }
        var group = HTTPClient.defaultEventLoopGroup
        if let tls = try key.tls.configuration() {
            configuration.tlsConfiguration = tls
            // Network.framework accepts neither authorities nor client certificates.
            group = MultiThreadedEventLoopGroup.singleton
        }
        let client = HTTPClient(eventLoopGroup: group, configuration: configuration)
        clients[key] = client
        return client
    }
}

extension ClientConfiguration.TLS {
    /// NIO's configuration; `nil` if nothing differs from NIO's defaults.
    fileprivate func configuration() throws(TransportError) -> TLSConfiguration? {
        let systemFile = Self.systemFile
        guard self != Self() || systemFile != nil else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let systemFile {
            configuration.trustRoots = .certificates(try Self.certificates(.file(systemFile), "SSL_CERT_FILE"))
        }
        if let authorities {
            configuration.additionalTrustRoots = [.certificates(try Self.certificates(authorities, "tls.authorities"))]
        }
        guard (certificate == nil) == (privateKey == nil) else {
            let (given, missing) = certificate == nil ? ("privateKey", "certificate") : ("certificate", "privateKey")
            throw TransportError(.invalidRequest, message: "tls.\(given): is given without tls.\(missing); give both or none")
        }
        if let certificate, let privateKey {
            configuration.certificateChain = try Self.certificates(certificate, "tls.certificate").map { .certificate($0) }
            configuration.privateKey = .privateKey(try Self.key(privateKey))
            // Certificate and key can be read separately. Only using them together shows whether they belong together.
            do { _ = try NIOSSLContext(configuration: configuration) } catch {
                throw TransportError(.invalidRequest, message: "tls.privateKey: \(privateKey): is not the key of tls.certificate (\(certificate))")
            }
        }
        return configuration
    }

    /// The file that replaces the system's authorities. On Linux an environment variable names it,
    /// as is usual with OpenSSL.
    private static var systemFile: String? {
        #if os(Linux)
        ProcessInfo.processInfo.environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        #else
        nil
        #endif
    }

    private static func certificates(_ pem: ClientConfiguration.PEM, _ name: String) throws(TransportError) -> [NIOSSLCertificate] {
        do {
            let certificates =
                switch pem {
                case .file(let path): try NIOSSLCertificate.fromPEMFile(path)
                case .text(let text): try NIOSSLCertificate.fromPEMBytes(Array(text.utf8))
                }
            if !certificates.isEmpty { return certificates }
        } catch {}
        throw TransportError(.invalidRequest, message: "\(name): \(pem): no certificates can be read from it; PEM is needed")
    }

    private static func key(_ pem: ClientConfiguration.PEM) throws(TransportError) -> NIOSSLPrivateKey {
        do {
            return switch pem {
            case .file(let path): try NIOSSLPrivateKey(file: path, format: .pem)
            case .text(let text): try NIOSSLPrivateKey(bytes: Array(text.utf8), format: .pem)
            }
        } catch {
            throw TransportError(.invalidRequest, message: "tls.privateKey: \(pem): no private key can be read from it; PEM without encryption is needed")
        }
    }
}
