import CAMARA
import Foundation
import QoDTestSupport
import Testing

extension Integration {
    /// A platform that reaches other hosts only through a proxy, and trusts an authority of the operator's own.
    @Suite(.enabled(if: Certificates.openSSL != nil, "needs the openssl command to make certificates")) struct OutboundTests {
        /// Starts another platform, a sandbox with TLS. It has an authorization server, and it answers 404 to events.
        private func withProvider(_ body: (TunnelProxy, Int, String) async throws -> Void) async throws {
            try await TemporaryFolder.with { folder in
                try Certificates.make(in: folder)
                let process = try ServerProcess.launch(in: folder, environment: [
                    "NAC_TLS_CERTIFICATE": "named.pem", "NAC_TLS_PRIVATE_KEY": "named.key", "NAC_SANDBOX_ISSUER": "https://platform.example",
                ])
                var found: Int?
                try await wait(upTo: .seconds(30), for: "the greeting of nac serve") {
                    found = process.output.firstMatch(of: /https:\/\/127\.0\.0\.1:([0-9]+)/).flatMap { Int($0.1) }
                    guard process.isRunning || found != nil else { throw ServerProcess.Ended(description: "nac serve ended: \(process.errors)") }
                    return found != nil
                }
                let port = try #require(found)
                try await body(try await TunnelProxy { _ in .tunnel(to: port) }, port, folder)
                process.send(SIGTERM)
                _ = try await process.exitCode(within: .seconds(10))
            }
        }

        /// An access token of the provider.
        private func token(_ port: Int, in folder: String) async throws -> String {
            let arguments = [
                "-s", "--cacert", "\(folder)/ca.pem", "--connect-to", "platform.example:443:127.0.0.1:\(port)", "-u", "sandbox:sandbox",
                "-d", "grant_type=client_credentials", "https://platform.example/oauth2/token",
            ]
            let curl = try ChildProcess("/usr/bin/curl", arguments, in: folder)
            #expect(try await curl.exitCode(within: .seconds(30)) == 0, "\(curl.errors)")
            return String(try #require(curl.output.firstMatch(of: /"access_token":"([^"]+)"/)).1)
        }

        private let body = """
            {"device":{"phoneNumber":"+99999991000"},"applicationServer":{"ipv4Address":"198.51.100.1"},"qosProfile":"QOS_L","duration":600,\
            "sink":"https://platform.example/hook"}
            """

        @Test("keys and notifications go through the proxy of the environment, with the authorities of SSL_CERT_FILE or of the settings", .timeLimit(.minutes(2)))
        func environment() async throws {
            try await withProvider { proxy, port, certificates in
                let token = try await token(port, in: certificates)
                let common = [
                    "HTTPS_PROXY": "http://operator:s3cret-pw@127.0.0.1:\(proxy.port)", "NAC_AUTH_ISSUER": "https://platform.example",
                    "NAC_AUTH_AUDIENCE": "*", "NAC_NOTIFICATIONS_PROXY_RESOLVES": "true", "NAC_LOG_LEVEL": "trace",
                ]
                for authorities in [
                    ["SSL_CERT_FILE": "\(certificates)/ca.pem"],
                    ["NAC_AUTH_CA_FILE": "\(certificates)/ca.pem", "NAC_NOTIFICATIONS_CA_FILE": "\(certificates)/ca.pem"],
                ] {
                    let before = proxy.requests.count
                    try await TemporaryFolder.with { folder async throws in
                        let server = try await ServerProcess.start(in: folder, environment: common.merging(authorities) { $1 })
                        let api = RawClient(address: server.address, token: "", authorization: "Bearer \(token)")
                        let session = try await api.create(body).session()
                        try await wait(upTo: .seconds(20), for: "the answer of the sink") {
                            let answer = try await api.send("GET", "/insights/v1/sessions/\(session.sessionID)/events")
                            return String(decoding: answer.body, as: UTF8.self).contains("status-404")
                        }
                        // Discovery and keys share a tunnel or have one tunnel each; the event has a separate tunnel.
                        let asked = proxy.requests.dropFirst(before)
                        #expect(asked.count >= 2 && asked.allSatisfy { $0.hasPrefix("CONNECT platform.example:443 ") }, "\(asked)")
                        #expect(asked.allSatisfy { $0.lowercased().contains("proxy-authorization: basic b3blcmF0b3I6czNjcmV0LXB3".lowercased()) })
                        try await server.stop()
                        #expect(!(server.process.errors + server.process.output).contains("s3cret-pw"))
                    }
                }
            }
        }

        @Test("where settings or NO_PROXY take the proxy away, or no authority is named, nothing goes through it", .timeLimit(.minutes(2)))
        func without() async throws {
            try await withProvider { proxy, port, certificates in
                let token = try await token(port, in: certificates)
                let common = [
                    "HTTPS_PROXY": "http://127.0.0.1:\(proxy.port)", "NAC_AUTH_ISSUER": "https://platform.example", "NAC_AUTH_AUDIENCE": "*",
                    "SSL_CERT_FILE": "\(certificates)/ca.pem",
                ]
                for change in [["NAC_PROXY_ADDRESS": "none"], ["NO_PROXY": "platform.example"], ["NAC_PROXY_EXCEPT": ".example"]] {
                    try await TemporaryFolder.with { folder async throws in
                        let server = try await ServerProcess.start(in: folder, environment: common.merging(change) { $1 })
                        #expect(try await RawClient(address: server.address, token: "", authorization: "Bearer \(token)").create(body).status == 503, "\(change)")
                        try await server.stop()
                    }
                }
                #expect(proxy.requests.isEmpty)
                try await TemporaryFolder.with { folder async throws in
                    let server = try await ServerProcess.start(in: folder, environment: common.merging(["SSL_CERT_FILE": ""]) { $1 })
                    #expect(try await RawClient(address: server.address, token: "", authorization: "Bearer \(token)").create(body).status == 503)
                    #expect(proxy.requests.count >= 1)
                    try await server.stop()
                }
            }
        }

        @Test("a proxy or a file of authorities that cannot be used ends the start with the name of the setting")
        func unusable() async throws {
            try await TemporaryFolder.with { folder in
                for (name, value, message) in [
                    ("HTTPS_PROXY", "socks5://user:pa55word@p.example", "HTTPS_PROXY: is not the address of a proxy"),
                    ("NAC_PROXY_ADDRESS", "user:pa55word@", "proxy.address: is not the address of a proxy"),
                    ("SSL_CERT_FILE", "\(folder)/none.pem", "SSL_CERT_FILE: \(folder)/none.pem: holds no certificates"),
                    ("NAC_NOTIFICATIONS_CA_FILE", "\(folder)/none.pem", "notifications.caFile: \(folder)/none.pem: holds no certificates"),
                    ("NAC_AUTH_CA_FILE", "\(folder)/none.pem", "auth.caFile: "),
                ] {
                    let process = try ServerProcess.launch(in: folder, environment: [name: value])
                    #expect(try await process.exitCode(within: .seconds(30)) == 78, "\(name)")
                    #expect(process.errors.contains(message) && !process.errors.contains("pa55word"), "\(process.errors)")
                }
            }
        }
    }
}
