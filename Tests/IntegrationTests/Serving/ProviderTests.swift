import Foundation
import QoDTestSupport
import Testing

extension Integration {
    /// An identity provider that accepts connections and never answers.
    @Suite struct ProviderTests {
        private static let unknown = "018f0000-0000-7000-8000-000000000000"

        /// An access token with a key that the platform cannot know.
        private static func token(_ number: Int) -> String {
            func part(_ text: String) -> String { Data(text.utf8).base64EncodedString().replacing("=", with: "").replacing("+", with: "-").replacing("/", with: "_") }
            let signature = String(repeating: "A", count: 86)
            return part(#"{"alg":"ES256","kid":"stranger"}"#) + "." + part(#"{"sub":"\#(number)","exp":4000000000}"#) + "." + signature
        }

        /// How many tokens may wait, with the settings for that.
        struct Bound: Sendable {
            let waiters: Int
            let settings: [String: String]
        }

        @Test(
            "makes nobody wait but a few tokens with a key that is not known; API keys and the rest of the tokens are answered",
            .timeLimit(.minutes(2)),
            arguments: [
                Bound(waiters: 64, settings: [:]),
                // The waiting requests take no place among the requests under way.
                Bound(waiters: 64, settings: ["NAC_LIMITS_MAX_IN_FLIGHT": "8"]),
                Bound(waiters: 16, settings: ["NAC_LIMITS_MAX_IN_FLIGHT": "8", "NAC_LIMITS_PROVIDER_WAITERS": "16"]),
            ])
        func hanging(bound: Bound) async throws {
            let provider = try await HangingListener()
            try await TemporaryFolder.with { folder async throws in
                let settings = [
                    "NAC_AUTH_JWKS": "http://127.0.0.1:\(provider.port)/keys", "NAC_AUTH_AUDIENCE": "*", "NAC_AUTH_KEYS": "shop=a-key-of-its-own",
                    "NAC_METRICS_ACCESS": "anybody",
                ]
                let server = try await ServerProcess.start(in: folder, environment: settings.merging(bound.settings) { $1 })
                let shop = RawClient(address: server.address, token: "a-key-of-its-own")
                let asked = ContinuousClock.now
                let statuses = try await withThrowingTaskGroup(of: (isRefused: Bool, after: Duration).self) { group in
                    for number in 0..<200 {
                        group.addTask {
                            let headers = "Host: 127.0.0.1\r\nAuthorization: Bearer \(Self.token(number))\r\nConnection: close"
                            let answer = try await RawExchange.send(
                                "GET /quality-on-demand/v1/sessions/\(Self.unknown) HTTP/1.1\r\n\(headers)\r\n\r\n", port: server.port)
                            return (answer.hasPrefix("HTTP/1.1 503 "), ContinuousClock.now - asked)
                        }
                    }
                    for _ in 0..<200 - bound.waiters { #expect(try await group.next()?.isRefused == true) }
                    #expect(provider.connections == 1, "the provider is still waited for")
                    let metrics = String(decoding: try await shop.send("GET", "/metrics").body, as: UTF8.self)
                    #expect(metrics.contains("nac_resource_used{resource=\"provider_waiters\"} \(bound.waiters)\n"))
                    #expect(metrics.contains("nac_resource_limit{resource=\"store_readers\"} "))
                    for _ in 0..<20 { #expect(try await shop.get(Self.unknown).status == 404) }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                // The wait for the provider ends after 10 s; no answer above took so long.
                #expect(statuses.count == bound.waiters && statuses.allSatisfy { $0.isRefused && $0.after > .seconds(9) }, "\(statuses)")
                #expect(try await shop.get(Self.unknown).status == 404)
                try await server.stop()
                #expect(!server.process.errors.contains("level=error"))
            }
        }
    }
}
