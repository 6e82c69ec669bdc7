import HTTPTypes
import QoDTestSupport
import Testing

@testable import QoDServer

@Suite("The events of a session, as its owner sees them")
struct EventRouteTests {
    private static func path(_ id: String) -> String { "/insights/v1/sessions/\(id)/events" }

    @Test("each event is told with its delivery, without the sink's address or its token, also after the session's end")
    func events() async throws {
        try await Platform.with { platform async throws in
            let id = try await platform.session(["sink": #""https://example.com/hook""#, "sinkCredential": ErrorCase.credential()])
            let one = try await platform.caller.send(.get, Self.path(id))
            #expect(one.status == 200)
            #expect(one.body.contains(#""qosStatus":"AVAILABLE","delivery":"pending","attempts":0,"nextAttemptAt":""#))
            #expect(!one.body.contains("example.com") && !one.body.contains("oken"))
            #expect(try await platform.caller.delete(id).status == 204)
            let two = try await platform.caller.send(.get, Self.path(id))
            #expect(two.body.contains(#""statusInfo":"DELETE_REQUESTED","delivery":"pending""#))
        }
    }

    @Test("a session without a sink has events without delivery")
    func withoutSink() async throws {
        try await Platform.with { platform async throws in
            let answer = try await platform.caller.send(.get, Self.path(try await platform.session()))
            #expect(answer.status == 200 && answer.body.contains("AVAILABLE") && !answer.body.contains("delivery"))
        }
    }

    @Test("another client is refused, also after the session's end; an unknown session is not found")
    func owners() async throws {
        try await Platform.with { platform async throws in
            let id = try await platform.session(["sink": #""https://example.com/hook""#])
            #expect(try await platform.other.send(.get, Self.path(id)).status == 403)
            #expect(try await platform.caller.delete(id).status == 204)
            #expect(try await platform.other.send(.get, Self.path(id)).status == 403)
            #expect(try await platform.caller.send(.get, Self.path("018f0000-0000-7000-8000-000000000000")).status == 404)
            #expect(try await platform.caller.send(.get, Self.path("x")).status == 400)
        }
    }

    @Test("a token for a device reads the events of its own assignment and session, and of no other device's")
    func threeLegged() async throws {
        try await Platform.with(TestIssuer.setup) { platform async throws in
            let shop = platform.caller.with(TestIssuer.shared.token())
            func caller(_ device: Int) -> Caller { platform.caller.with(TestIssuer.shared.token(["phone_number": "\"+9999999\(device)\""])) }
            let assigned = try await shop.send(.post, Path.assignments, Body.assignment(["device": Body.phone(1000)]))
            let session = try await shop.create(["device": Body.phone(1001)])
            for (answer, name, device) in [(assigned, "assignmentId", 1000), (session, "sessionId", 1001)] {
                let path = Self.path(try #require(answer.text(name)))
                let events = try await caller(device).send(.get, path)
                #expect(events.status == 200 && events.body.contains("AVAILABLE"), "\(name): \(events.body)")
                try await caller(1002).send(.get, path).expectError(403, "PERMISSION_DENIED")
                let stranger = TestIssuer.shared.token(["phone_number": "\"+9999999\(device)\"", "client_id": #""stranger""#])
                try await platform.caller.with(stranger).send(.get, path).expectError(403, "PERMISSION_DENIED")
            }
        }
    }

    @Test("a sink that is an address inside is refused at once where such are not allowed")
    func insideSinks() async throws {
        try await Platform.with { platform async throws in
            for host in ["127.0.0.1", "10.0.0.1", "[::1]", "[::ffff:192.168.0.1]", "169.254.169.254"] {
                let answer = try await platform.caller.create(["sink": "\"https://\(host)/\""])
                answer.expectError(400, "INVALID_SINK", "sink: ")
            }
        }
    }

    @Test("PRIVATE_KEY_JWT is taken where it is configured, with an address to get tokens from")
    func privateKeyJWT() async throws {
        try await Platform.with(Setup { $0.server.privateKeyJWT = .init(clientID: "platform") }) { platform async throws in
            let sink = #""https://example.com/hook""#
            let good = #"{"credentialType": "PRIVATE_KEY_JWT", "tokenUri": "https://as.example/token"}"#
            #expect(try await platform.caller.create(["sink": sink, "sinkCredential": good]).status == 201)
            for bad in [
                #"{"credentialType": "PRIVATE_KEY_JWT"}"#, #"{"credentialType": "PRIVATE_KEY_JWT", "tokenUri": "http://as.example/"}"#,
                #"{"credentialType": "PRIVATE_KEY_JWT", "tokenUri": "https://127.0.0.1/"}"#,
            ] {
                let answer = try await platform.caller.create(["sink": sink, "sinkCredential": bad, "device": Body.phone(1001)])
                answer.expectError(400, "INVALID_CREDENTIAL", "sinkCredential.tokenUri: ")
            }
        }
    }
}
