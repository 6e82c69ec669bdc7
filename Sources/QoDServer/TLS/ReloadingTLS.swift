import Foundation
public import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL
public import QualityOnDemand
public import ServiceLifecycle
public import Southbound

/// The server's side of TLS. The service reloads its files when they change.
///
/// Open connections keep their TLS context. If the new files do not fit, such as a certificate without its key, the
/// service logs an error and checks the files again. Until the new files fit, the server continues with the old
/// context.
public final class ReloadingTLS: Service {
    /// The content of the files.
    private struct Content: Hashable, Sendable {
        let certificate: [UInt8]
        let privateKey: [UInt8]
        let clientCA: [UInt8]?
    }

    private struct State {
        var context: NIOSSLContext
        /// The last content that the service read, whether or not it fitted.
        var seen: Content
        var lastComplaint: String?
    }

    private let files: TLSFiles
    private let interval: Duration
    private let clock: any EngineClock
    private let logger: Logger
    private let state: NIOLockedValueBox<State>

    /// Reads the files.
    ///
    /// - Parameter interval: the time between two checks of the files.
    /// - Throws: ``TLSFileError`` for the first file that does not fit.
    public init(
        _ files: TLSFiles, every interval: Duration = .seconds(5), clock: any EngineClock = SystemClock(), logger: Logger
    ) throws(TLSFileError) {
        let content = try Self.read(files)
        self.files = files
        self.interval = interval
        self.clock = clock
        self.logger = logger
        state = NIOLockedValueBox(State(context: try Self.context(content, files), seen: content))
    }

    /// The TLS context for new connections.
    var context: NIOSSLContext { state.withLockedValue { $0.context } }

    /// Checks the files at the interval, until cancellation or a graceful shutdown.
    public func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while (try? await clock.sleep(for: interval)) != nil {
                // Reading may block, and a task must not block.
                try? await NIOThreadPool.singleton.runIfActive { self.reload() }
            }
        }
    }

    /// Checks the files once.
    func reload() {
        do {
            let content = try Self.read(files)
            guard content != state.withLockedValue({ $0.seen }) else { return }
            state.withLockedValue { $0.seen = content }
            let context = try Self.context(content, files)
            state.withLockedValue { state in
                state.context = context
                state.lastComplaint = nil
            }
            logger.notice("The TLS certificate was read again", metadata: ["certificate": "\(files.certificate)"])
        } catch {
            let isNews = state.withLockedValue { state in
                defer { state.lastComplaint = error.description }
                return state.lastComplaint != error.description
            }
            if isNews { logger.error("The new TLS files cannot be used; the former ones stay in use", metadata: ["error": "\(error)"]) }
        }
    }

    // MARK: Files

    private static func read(_ files: TLSFiles) throws(TLSFileError) -> Content {
        Content(
            certificate: try read(files.certificate, "tls.certificate"), privateKey: try read(files.privateKey, "tls.privateKey"),
            clientCA: try files.clientCA.map { path throws(TLSFileError) in try read(path, "tls.clientCA") })
    }

    private static func read(_ path: String, _ setting: String) throws(TLSFileError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw TLSFileError(setting, path, "cannot be read; is it there, and may this user read it?")
        }
        return Array(data)
    }

    private static func context(_ content: Content, _ files: TLSFiles) throws(TLSFileError) -> NIOSSLContext {
        let chain = try certificates(content.certificate, files.certificate, "tls.certificate")
        guard let key = try? NIOSSLPrivateKey(bytes: content.privateKey, format: .pem) else {
            throw TLSFileError("tls.privateKey", files.privateKey, "is not a private key in PEM without a password")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        // Of a client that keeps its end open. The usual 5 s would hold up every stop of the platform.
        configuration.shutdownTimeout = .seconds(1)
        if let authorities = content.clientCA, let path = files.clientCA {
            configuration.trustRoots = .certificates(try certificates(authorities, path, "tls.clientCA"))
            configuration.certificateVerification = files.clientCertificates == .required ? .noHostnameVerification : .optionalVerification
        }
        do { return try NIOSSLContext(configuration: configuration) } catch {
            throw TLSFileError("tls.privateKey", files.privateKey, "is not the key of the certificate in \(files.certificate)")
        }
    }

    private static func certificates(_ bytes: [UInt8], _ path: String, _ setting: String) throws(TLSFileError) -> [NIOSSLCertificate] {
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
            throw TLSFileError(setting, path, "holds no certificate in PEM")
        }
        return certificates
    }
}

extension ReloadingTLS: Confidential {}
