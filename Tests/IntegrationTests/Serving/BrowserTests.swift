import Foundation
import QoDTestSupport
import Testing

extension Integration {
    /// A web page in the owner's browser must not act as the owner.
    @Suite struct BrowserTests {
        /// A browser's request for a page that creates a session with the well-known key.
        private static func creation(_ headers: [String]) -> String {
            let body = """
                {"device":{"phoneNumber":"+99999991000"},"applicationServer":{"ipv4Address":"198.51.100.7"},"qosProfile":"QOS_L","duration":3600}
                """
            let all = headers + ["X-RapidAPI-Key: sandbox", "Content-Type: application/json", "Content-Length: \(body.utf8.count)", "Connection: close"]
            return "POST /quality-on-demand/v1/sessions HTTP/1.1\r\n\(all.joined(separator: "\r\n"))\r\n\r\n\(body)"
        }

        private static func reading(_ path: String, _ headers: [String]) -> String {
            "GET \(path) HTTP/1.1\r\n\((headers + ["X-RapidAPI-Key: sandbox", "Connection: close"]).joined(separator: "\r\n"))\r\n\r\n"
        }

        @Test("a page whose name was made to resolve to this machine gets nothing of a sandbox", .timeLimit(.minutes(15)))
        func rebinding() async throws {
            try await ServerProcess.with { server async throws in
                for host in ["evil.example", "evil.example:\(server.port)", "127.evil.example", "localhost.evil.example", "10.0.0.1", "[2001:db8::1]:80"] {
                    let answer = try await RawExchange.send(Self.creation(["Host: \(host)", "Origin: http://\(host)"]), port: server.port)
                    #expect(answer.hasPrefix("HTTP/1.1 403 "), "\(host): \(answer)")
                    #expect(answer.contains("PERMISSION_DENIED") && answer.contains("Host: "), "\(answer)")
                    for path in ["/metrics", "/sandbox/v1/devices", "/oauth2/jwks", "/.well-known/openid-configuration"] {
                        let answer = try await RawExchange.send(Self.reading(path, ["Host: \(host)"]), port: server.port)
                        #expect(answer.hasPrefix("HTTP/1.1 403 "), "\(host)\(path): \(answer)")
                    }
                }
                #expect(try await RawClient(address: server.address).heldCount() == 0)
                for host in ["127.0.0.1", "localhost", "LOCALHOST:80", "127.0.0.1:\(server.port)", "[::1]:9091"] {
                    let answer = try await RawExchange.send(Self.reading("/qos-profiles/v1/qos-profiles/QOS_L", ["Host: \(host)"]), port: server.port)
                    #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(host): \(answer)")
                }
            }
        }

        @Test("a foreign page is refused, and an allowed one may ask, call and read", .timeLimit(.minutes(15)))
        func origins() async throws {
            try await TemporaryFolder.with { folder async throws in
                let allowed = ["NAC_SERVER_ALLOWED_ORIGINS": "https://App.example.com:443, http://localhost:3000"]
                let server = try await ServerProcess.start(in: folder, environment: allowed)
                for origin in ["http://evil.example", "null", "http://localhost", "https://app.example.com:8443", "https://app.example.com.evil.example"] {
                    let answer = try await RawExchange.send(Self.creation(["Host: 127.0.0.1", "Origin: \(origin)"]), port: server.port)
                    #expect(answer.hasPrefix("HTTP/1.1 403 "), "\(origin): \(answer)")
                    #expect(answer.contains("server.allowedOrigins") && !answer.lowercased().contains("access-control-allow-origin"), "\(answer)")
                }
                #expect(try await RawClient(address: server.address).heldCount() == 0)

                let question = [
                    "Host: 127.0.0.1", "Origin: https://app.example.com", "Access-Control-Request-Method: POST",
                    "Access-Control-Request-Headers: content-type,x-rapidapi-key", "Connection: close",
                ]
                let preflight = try await RawExchange.send(
                    "OPTIONS /quality-on-demand/v1/sessions HTTP/1.1\r\n\(question.joined(separator: "\r\n"))\r\n\r\n", port: server.port).lowercased()
                #expect(preflight.hasPrefix("http/1.1 204 "), "\(preflight)")
                for header in [
                    "access-control-allow-origin: https://app.example.com", "access-control-allow-methods: post",
                    "access-control-allow-headers: authorization, content-type, idempotency-key, x-rapidapi-key, x-correlator", "vary: origin",
                ] {
                    #expect(preflight.contains("\(header)\r\n"), "\(header) is not in \(preflight)")
                }
                #expect(!preflight.contains("allow-credentials"))

                let call = try await RawExchange.send(Self.creation(["Host: 127.0.0.1", "Origin: https://app.example.com"]), port: server.port)
                #expect(call.hasPrefix("HTTP/1.1 201 ") && call.contains("Access-Control-Allow-Origin: https://app.example.com\r\n"), "\(call)")
                let own = try await RawExchange.send(
                    Self.reading("/qos-profiles/v1/qos-profiles/QOS_L", ["Host: localhost:9091", "Origin: http://localhost:9091"]), port: server.port)
                #expect(own.hasPrefix("HTTP/1.1 200 "), "a page of the platform's own: \(own)")
                try await server.stop()
            }
        }

        @Test("a sandbox behind a proxy is called by its issuer's name; a platform with keys takes every name", .timeLimit(.minutes(15)))
        func otherNames() async throws {
            try await TemporaryFolder.with { folder async throws in
                let profile = "/qos-profiles/v1/qos-profiles/QOS_L"
                let sandbox = try await ServerProcess.start(in: folder, environment: ["NAC_SANDBOX_ISSUER": "https://sandbox.example.com/qod"])
                #expect(try await RawExchange.send(Self.reading(profile, ["Host: sandbox.example.com"]), port: sandbox.port).hasPrefix("HTTP/1.1 200 "))
                #expect(try await RawExchange.send(Self.reading(profile, ["Host: example.com"]), port: sandbox.port).hasPrefix("HTTP/1.1 403 "))
                try await sandbox.stop()

                let platform = try await ServerProcess.start(in: folder, environment: ["NAC_AUTH_KEYS": "shop=a-key-of-its-own"])
                let request = Self.reading(profile, ["Host: qod.example.com", "Origin: https://app.example.com"])
                    .replacing("X-RapidAPI-Key: sandbox", with: "X-RapidAPI-Key: a-key-of-its-own")
                let answer = try await RawExchange.send(request, port: platform.port)
                #expect(answer.hasPrefix("HTTP/1.1 200 ") && !answer.lowercased().contains("access-control"), "\(answer)")
                try await platform.stop()
            }
        }
    }
}
