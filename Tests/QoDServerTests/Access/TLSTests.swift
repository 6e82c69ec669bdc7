import AsyncHTTPClient
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import QoDTestSupport
import ServiceLifecycle
import SessionEngine
import SimulatedNetwork
import SQLiteStore
import Testing

@testable import Access
@testable import QoDServer

/// Certificates for a test, made with the `openssl` command.
private enum OpenSSL {
    static let path = ["/usr/bin/openssl", "/opt/homebrew/bin/openssl", "/usr/local/bin/openssl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    static func run(_ arguments: String, in folder: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: try #require(path))
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(filePath: folder)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }

    /// A self-signed certificate and its key: `NAME.crt` and `NAME.key`.
    static func makeAuthority(_ name: String, in folder: String) throws {
        try run(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=\(name) -addext subjectAltName=IP:127.0.0.1 "
                + "-keyout \(name).key -out \(name).crt", in: folder)
    }

    /// A client's certificate, signed by an authority.
    static func makeClient(_ name: String, signedBy authority: String, in folder: String) throws {
        try run("req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=\(name) -keyout \(name).key -out \(name).csr", in: folder)
        try run("x509 -req -in \(name).csr -CA \(authority).crt -CAkey \(authority).key -CAcreateserial -days 2 -out \(name).crt", in: folder)
    }
}

@Suite("TLS", .enabled(if: OpenSSL.path != nil, "needs the openssl command to make certificates"), .serialized)
struct TLSTests {
    /// The status of `/health/live` over TLS with one trusted certificate; `nil` if the connection fails.
    private func status(port: Int, trusting authority: String, as client: String? = nil, in folder: String) async throws -> Int? {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile("\(folder)/\(authority).crt"))
        if let client {
            tls.certificateChain = try NIOSSLCertificate.fromPEMFile("\(folder)/\(client).crt").map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: "\(folder)/\(client).key", format: .pem))
        }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.timeout.connect = .seconds(5)
        configuration.connectionPool.retryConnectionEstablishment = false
        let http = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        let answer = try? await http.execute(HTTPClientRequest(url: "https://127.0.0.1:\(port)/health/live"), timeout: .seconds(5))
        try await http.shutdown()
        return answer.map { Int($0.status.code) }
    }

    /// Runs a server with the files `server.crt` and `server.key`, which `prepare` makes.
    private func withServer(
        clientCA: String? = nil, _ clientCertificates: TLSFiles.ClientCertificates = .required,
        prepare: (String) throws -> Void, _ body: @Sendable (Int, ReloadingTLS, TestClock, String) async throws -> Void
    ) async throws {
        try await TemporaryFolder.with { folder in
            try prepare(folder)
            let clock = TestClock()
            let files = TLSFiles(
                certificate: "\(folder)/server.crt", privateKey: "\(folder)/server.key", clientCA: clientCA.map { "\(folder)/\($0)" },
                clientCertificates: clientCertificates)
            let tls = try ReloadingTLS(files, clock: clock, logger: .silent)
            let engine = SessionEngine(
                store: try SQLiteStore.inMemory(), network: try SimulatedNetwork(), directory: SandboxDirectory(), logger: .silent)
            var configuration = ServerConfiguration()
            configuration.port = 0
            configuration.idleTimeout = 1
            let server = QoDServer(engine: engine, authenticator: APIKeyAuthenticator(keys: []), configuration: configuration, tls: tls, logger: .silent)
            let port = Box<Int>()
            let application = server.application { port.value = $0 }
            let running = Task { try await application.runService(gracefulShutdownSignals: []) }
            defer { running.cancel() }
            try await eventually { port.value != nil }
            try await body(try #require(port.value), tls, clock, folder)
            running.cancel()
            _ = await running.result
        }
    }

    private func install(_ name: String, in folder: String) throws {
        for kind in ["crt", "key"] {
            let data = try Data(contentsOf: URL(filePath: "\(folder)/\(name).\(kind)"))
            try data.write(to: URL(filePath: "\(folder)/server.\(kind)"), options: .atomic)
        }
    }

    @Test("is spoken with the certificate, and nothing is answered without it")
    func serves() async throws {
        try await withServer(prepare: { try OpenSSL.makeAuthority("server", in: $0) }) { port, _, _, folder in
            #expect(try await status(port: port, trusting: "server", in: folder) == 200)
            try OpenSSL.makeAuthority("other", in: folder)
            #expect(try await status(port: port, trusting: "other", in: folder) == nil)
            let plain = try? await HTTPClient.shared.execute(
                HTTPClientRequest(url: "http://127.0.0.1:\(port)/health/live"), timeout: .seconds(2))
            #expect(plain == nil)
        }
    }

    @Test("is not waited for without end: who connects and says nothing is sent away")
    func silence() async throws {
        try await withServer(prepare: { try OpenSSL.makeAuthority("server", in: $0) }) { port, _, _, _ in
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: "127.0.0.1", port: port).get()
            try await channel.closeFuture.get()
        }
    }

    @Test("takes a new certificate without a restart, and keeps the old one while new files do not fit")
    func reload() async throws {
        try await withServer(prepare: { folder in
            for name in ["first", "second"] { try OpenSSL.makeAuthority(name, in: folder) }
            try install("first", in: folder)
        }) { port, tls, clock, folder in
            #expect(try await status(port: port, trusting: "first", in: folder) == 200)
            // The certificate arrives before its key.
            let before = tls.context
            let data = try Data(contentsOf: URL(filePath: "\(folder)/second.crt"))
            try data.write(to: URL(filePath: "\(folder)/server.crt"), options: .atomic)
            tls.reload()
            #expect(tls.context === before)
            #expect(try await status(port: port, trusting: "first", in: folder) == 200)
            for nonsense in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
                try Data(nonsense.utf8).write(to: URL(filePath: "\(folder)/server.crt"), options: .atomic)
                tls.reload()
                #expect(tls.context === before, "\(nonsense)")
            }
            try FileManager.default.removeItem(atPath: "\(folder)/server.key")
            tls.reload()
            #expect(tls.context === before)
            try install("second", in: folder)
            // The clock triggers the second reload, as in the running server.
            try await eventually {
                clock.advance(by: .seconds(5))
                return tls.context !== before
            }
            #expect(try await status(port: port, trusting: "second", in: folder) == 200)
            #expect(try await status(port: port, trusting: "first", in: folder) == nil)
        }
    }

    @Test("asks clients for certificates of an authority, where it is told to", arguments: TLSFiles.ClientCertificates.allCases)
    func clients(_ mode: TLSFiles.ClientCertificates) async throws {
        try await withServer(clientCA: "clients.crt", mode, prepare: { folder in
            for name in ["server", "clients", "others"] { try OpenSSL.makeAuthority(name, in: folder) }
            try OpenSSL.makeClient("good", signedBy: "clients", in: folder)
            try OpenSSL.makeClient("bad", signedBy: "others", in: folder)
        }) { port, _, _, folder async throws in
            #expect(try await status(port: port, trusting: "server", as: "good", in: folder) == 200)
            #expect(try await status(port: port, trusting: "server", as: "bad", in: folder) == nil)
            #expect(try await status(port: port, trusting: "server", in: folder) == (mode == .optional ? 200 : nil))
        }
    }

    @Test("cannot begin with files that do not fit, and the one is named")
    func badFiles() async throws {
        try await TemporaryFolder.with { folder in
            for name in ["server", "other"] { try OpenSSL.makeAuthority(name, in: folder) }
            try Data("nonsense".utf8).write(to: URL(filePath: "\(folder)/nonsense"))
            let cases: [(TLSFiles, String)] = [
                (TLSFiles(certificate: "missing", privateKey: "server.key"), "tls.certificate: FOLDER/missing: cannot be read"),
                (TLSFiles(certificate: "server.crt", privateKey: "missing"), "tls.privateKey: FOLDER/missing: cannot be read"),
                (TLSFiles(certificate: "nonsense", privateKey: "server.key"), "tls.certificate: FOLDER/nonsense: holds no certificate"),
                (TLSFiles(certificate: "server.crt", privateKey: "nonsense"), "tls.privateKey: FOLDER/nonsense: is not a private key"),
                (TLSFiles(certificate: "server.crt", privateKey: "other.key"), "tls.privateKey: FOLDER/other.key: is not the key of the certificate"),
                (TLSFiles(certificate: "server.crt", privateKey: "server.key", clientCA: "missing"), "tls.clientCA: FOLDER/missing: cannot be read"),
                (TLSFiles(certificate: "server.crt", privateKey: "server.key", clientCA: "nonsense"), "tls.clientCA: FOLDER/nonsense: holds no"),
            ]
            for (names, message) in cases {
                let files = TLSFiles(
                    certificate: "\(folder)/\(names.certificate)", privateKey: "\(folder)/\(names.privateKey)",
                    clientCA: names.clientCA.map { "\(folder)/\($0)" })
                let error = #expect(throws: TLSFileError.self) { try ReloadingTLS(files, logger: .silent) }
                #expect(error?.description.replacing(folder, with: "FOLDER").hasPrefix(message) == true, "\(error?.description ?? "")")
            }
        }
    }
}
