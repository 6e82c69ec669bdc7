import Foundation
import NetworkAsCode
import QoDTestSupport
import QualityOnDemand
import Testing

extension Integration {
    /// Certificates, proxies, and the messages about failed connections.
    @Suite(.enabled(if: Certificates.openSSL != nil, "needs the openssl command to make certificates")) struct ConnectingTests {
        /// A platform with TLS, its port, and the folder of its certificates.
        private func withPlatform(_ settings: [String: String] = [:], _ body: (Int, String) async throws -> Void) async throws {
            try await TemporaryFolder.with { folder in
                try Certificates.make(in: folder)
                let tls = ["NAC_TLS_CERTIFICATE": "\(folder)/server.pem", "NAC_TLS_PRIVATE_KEY": "\(folder)/server.key"]
                let process = try ServerProcess.launch(in: folder, environment: tls.merging(settings) { $1 })
                var found: Int?
                try await wait(upTo: .seconds(30), for: "the greeting of nac serve") {
                    found = process.output.firstMatch(of: /https:\/\/127\.0\.0\.1:([0-9]+)/).flatMap { Int($0.1) }
                    guard process.isRunning || found != nil else { throw ServerProcess.Ended(description: "nac serve ended: \(process.errors)") }
                    return found != nil
                }
                try await body(try #require(found), folder)
                let stopped = Timestamp.now
                process.send(SIGTERM)
                #expect(try await process.exitCode(within: .seconds(10)) == 0)
                // Connections of the SDK are open still, and nobody closes their other end.
                #expect(Timestamp.now.since(stopped) < MachineStalls.lateness(since: stopped, to: .now) + .seconds(3))
            }
        }

        private func client(_ address: String, tls: ClientConfiguration.TLS = .init(), proxy: ClientConfiguration.Proxy? = nil) throws -> NetworkAsCodeClient {
            let configuration = ClientConfiguration(retries: .none, tls: tls, proxy: proxy)
            return NetworkAsCodeClient(token: "sandbox", server: .server(try #require(URL(string: address))), configuration: configuration)
        }

        private func message(_ client: NetworkAsCodeClient, _ location: SourceLocation = #_sourceLocation) async -> String {
            do {
                _ = try await client.profiles.list()
                Issue.record("connected", sourceLocation: location)
                return ""
            } catch {
                // The message contains no text of the libraries below, and no path of the machine that built them.
                for sign in ["BoringSSL", "NIO", "OPENSSL", ".cc", ".swift", "error:", "\n"] {
                    #expect(!error.message.contains(sign), "\(error.message)", sourceLocation: location)
                }
                #expect(error.kind == .connection, sourceLocation: location)
                return error.message
            }
        }

        /// Runs `nac profile list`.
        private func nac(_ environment: [String: String], _ arguments: String..., in folder: String) async throws -> (code: Int32, errors: String) {
            let process = try ChildProcess(try #require(Binaries.nac), ["profile", "list"] + arguments, environment: environment, in: folder)
            return (try await process.exitCode(within: .seconds(60)), process.errors)
        }

        @Test("a platform with a certificate of the operator's own authority is reached where that authority is named", .timeLimit(.minutes(1)))
        func ownAuthority() async throws {
            try await withPlatform { port, folder in
                let address = "https://127.0.0.1:\(port)"
                #expect(try await !client(address, tls: .init(authorities: .file("\(folder)/ca.pem"))).profiles.list().isEmpty)
                let text = try String(contentsOfFile: "\(folder)/ca.pem", encoding: .utf8)
                #expect(try await !client(address, tls: .init(authorities: .text(text))).profiles.list().isEmpty)
                #expect(await message(try client(address)).contains("the server's certificate is not trusted"))

                let server = ["NAC_SERVER": address]
                #expect(try await nac(server, "--ca-file", "\(folder)/ca.pem", in: folder).code == 0)
                #expect(try await nac(server.merging(["NAC_CA_FILE": "ca.pem"]) { $1 }, in: folder).code == 0)
                #expect(try await nac(server.merging(["SSL_CERT_FILE": "\(folder)/ca.pem"]) { $1 }, in: folder).code == 0)
                let refused = try await nac(server, in: folder)
                #expect(refused.code == 69 && refused.errors.contains("--ca-file or NAC_CA_FILE"), "\(refused.errors)")
                let odd = try await nac(server, "--ca-file", "\(folder)/ca.key", in: folder)
                #expect(odd.code == 64 && odd.errors.contains("no certificates can be read"), "\(odd.errors)")
            }
        }

        @Test("a platform that wants a client's certificate is reached with one", .timeLimit(.minutes(1)))
        func clientCertificate() async throws {
            try await TemporaryFolder.with { authorities in
                try await withPlatform(["NAC_TLS_CLIENT_CA": "ca.pem", "NAC_TLS_CLIENT_CERTIFICATES": "required"]) { port, folder in
                    let address = "https://127.0.0.1:\(port)"
                    let tls = ClientConfiguration.TLS(
                        authorities: .file("\(folder)/ca.pem"), certificate: .file("\(folder)/client.pem"), privateKey: .file("\(folder)/client.key"))
                    #expect(try await !client(address, tls: tls).profiles.list().isEmpty)
                    let files = ["NAC_SERVER": address, "NAC_CA_FILE": "ca.pem"]
                    #expect(try await nac(files, "--cert", "client.pem", "--key", "client.key", in: folder).code == 0)
                    #expect(try await nac(files, in: folder).code == 69)
                    let without = await message(try client(address, tls: .init(authorities: .file("\(folder)/ca.pem"))))
                    #expect(without.contains("the server needs a certificate of the client") || without.contains("closed the connection"), "\(without)")
                }
            }
        }

        @Test("what keeps a connection from coming about is one sentence with what to do", .timeLimit(.minutes(1)))
        func sentences() async throws {
            try await withPlatform { port, folder in
                let plain = await message(try client("http://127.0.0.1:\(port)"))
                #expect(plain.contains("its address begins with https://"), "\(plain)")
                let dns = await message(try client("https://no-such-host.invalid"))
                #expect(dns.contains("the name no-such-host.invalid is not found"), "\(dns)")
                let half = try client("https://127.0.0.1:\(port)", tls: .init(certificate: .file("x")))
                let error = await #expect(throws: NetworkAsCodeError.self) { try await half.profiles.list() }
                #expect(error?.kind == .invalidArgument && error?.message.contains("tls.certificate: is given without tls.privateKey") == true)
                // A certificate in place of the key, a key in place of a certificate, and missing files.
                for (tls, message) in [
                    (ClientConfiguration.TLS(certificate: .file("\(folder)/client.pem"), privateKey: .file("\(folder)/client.pem")), "no private key can be read"),
                    (.init(certificate: .file("\(folder)/client.key"), privateKey: .file("\(folder)/client.key")), "no certificates can be read"),
                    (.init(certificate: .file("\(folder)/client.pem"), privateKey: .file("\(folder)/none")), "tls.privateKey: \(folder)/none: "),
                    (.init(authorities: .file("\(folder)/none")), "tls.authorities: \(folder)/none: "),
                ] {
                    let error = await #expect(throws: NetworkAsCodeError.self) { try await client("https://127.0.0.1:\(port)", tls: tls).profiles.list() }
                    #expect(error?.kind == .invalidArgument && error?.message.contains(message) == true, "\(error?.message ?? "")")
                }
                // The certificate of one client with the key of another certificate.
                let tls = ClientConfiguration.TLS(
                    authorities: .file("\(folder)/ca.pem"), certificate: .file("\(folder)/client.pem"), privateKey: .file("\(folder)/server.key"))
                let mismatch = await #expect(throws: NetworkAsCodeError.self) { try await client("https://127.0.0.1:\(port)", tls: tls).profiles.list() }
                #expect(mismatch?.kind == .invalidArgument)
                #expect(mismatch?.message.contains("server.key: is not the key of tls.certificate") == true, "\(mismatch?.message ?? "")")
                let files = ["NAC_SERVER": "https://127.0.0.1:\(port)", "NAC_CA_FILE": "ca.pem", "NAC_CERT": "client.pem", "NAC_KEY": "server.key"]
                #expect(try await nac(files, in: folder).code == 64)
            }
            try await withPlatform(["NAC_TLS_CERTIFICATE": "named.pem", "NAC_TLS_PRIVATE_KEY": "named.key"]) { port, folder in
                let name = await message(try client("https://localhost:\(port)", tls: .init(authorities: .file("\(folder)/ca.pem"))))
                #expect(name.contains("the server's certificate is not for localhost"), "\(name)")
            }
            try await ServerProcess.with { server in
                let secure = await message(try client("https://127.0.0.1:\(server.port)"))
                #expect(secure.contains("does not speak TLS there") || secure.contains("does it speak TLS"), "\(secure)")
            }
            let gone = await message(try client("http://127.0.0.1:1"))
            #expect(gone.hasSuffix("connection refused"), "\(gone)")
        }

        @Test("requests go through the proxy that the environment names, and straight where it says so", .timeLimit(.minutes(1)))
        func proxy() async throws {
            let proxy = try await TunnelProxy()
            try await withPlatform(["NAC_SANDBOX_ISSUER": "https://platform.example"]) { port, folder in
                let tls = ClientConfiguration.TLS(authorities: .file("\(folder)/ca.pem"))
                let address = "https://platform.example:\(port)"
                let through = try client(address, tls: tls, proxy: .server(host: "127.0.0.1", port: proxy.port))
                #expect(try await !through.profiles.list().isEmpty)
                #expect(proxy.hosts == ["platform.example:\(port)"])

                let environment = ["NAC_SERVER": address, "NAC_TOKEN": "sandbox", "NAC_CA_FILE": "ca.pem", "HTTPS_PROXY": "http://127.0.0.1:\(proxy.port)"]
                let run = try await nac(environment, in: folder)
                #expect(run.code == 0 && proxy.hosts.count == 2, "\(run.errors)")
                let straight = try await nac(environment.merging(["NO_PROXY": "platform.example"]) { $1 }, in: folder)
                #expect(straight.code == 69 && straight.errors.contains("the name platform.example is not found"), "\(straight.errors)")
                #expect(proxy.hosts.count == 2)
            }
        }
    }
}
