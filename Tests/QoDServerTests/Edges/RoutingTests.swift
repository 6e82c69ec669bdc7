import HTTPTypes
import HummingbirdTesting
import QoDServer
import Testing

@Suite("Paths and methods")
struct RoutingTests {
    private static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "QUERY"]
        .compactMap { HTTPRequest.Method($0) }

    @Test("an unknown path is not found", arguments: [
        "/", "/quality-on-demand", "/quality-on-demand/v1", "/quality-on-demand/v2/sessions", "/quality-on-demand/v1/session",
        "/Quality-On-Demand/v1/sessions", "/qos-profiles/v1/qos-profiles", "/quality-on-demand/v1/sessions/a/b/c", "/health",
        "/quality-on-demand/v1/%73essions/..",
    ])
    func unknownPath(_ path: String) async throws {
        try await Platform.with { platform in
            for method in [.get, .post, .delete] as [HTTPRequest.Method] {
                let answer = try await platform.caller.send(method, path, headers: ["x-correlator": "lost"])
                answer.expectError(404, "NOT_FOUND")
                #expect(answer.header("x-correlator") == "lost")
            }
        }
    }

    @Test("a method that a path does not know is told which it knows", arguments: [
        (Path.sessions, "POST"), (Path.session("x"), "GET, DELETE"), (Path.extend("x"), "POST"), (Path.retrieveSessions, "POST"),
        (Path.retrieveProfiles, "POST"), (Path.profile("QOS_L"), "GET"), ("/health/live", "GET"), ("/sandbox/v1/devices", "GET"),
    ])
    func wrongMethod(_ path: String, _ allowed: String) async throws {
        try await Platform.with { platform in
            for method in Self.methods where !allowed.contains(method.rawValue) {
                let answer = try await platform.caller.send(method, path, headers: ["x-correlator": "m"])
                #expect(answer.status == 405)
                if method != .head { answer.expectError(405, "METHOD_NOT_ALLOWED", allowed) }
                #expect(answer.header("allow") == allowed)
                #expect(answer.header("x-correlator") == "m")
            }
        }
    }

    @Test("an answer to HEAD has no body, so that the connection stays usable")
    func head() async throws {
        try await Platform.with(Setup { $0.framework = .live }) { platform in
            for path in [Path.sessions, "/health/live", "/nowhere"] {
                let answer = try await platform.caller.send(.head, path)
                #expect(answer.status == 405 || answer.status == 404)
                #expect(answer.body.isEmpty)
                #expect(try await platform.caller.send(.get, "/health/live").status == 200)
            }
        }
    }

    @Test("a path that is no path of ours is answered, not choked on", arguments: [
        Path.session("%"), Path.session("%zz"), Path.session("%00"), Path.session("%ff%fe"), Path.session("%2e%2e%2f"),
        Path.session("01234567-89ab-7def-8123-456789abcde"), Path.session("01234567-89ab-7def-8123-456789abcdef0"),
        Path.session("0123456789ab7def8123456789abcdef"), Path.session("{01234567-89ab-7def-8123-456789abcdef}"),
        Path.session("g1234567-89ab-7def-8123-456789abcdef"), Path.session(String(repeating: "a", count: 8000)),
        Path.session("%F0%9F%98%80"),
    ])
    func strangeIDs(_ path: String) async throws {
        try await Platform.with { platform in
            for (method, path) in [(.get, path), (.delete, path), (.post, path + "/extend")] as [(HTTPRequest.Method, String)] {
                let answer = try await platform.caller.send(method, path, method == .post ? Body.extend(60) : nil)
                answer.expectError(400, "INVALID_ARGUMENT", "sessionId: ")
                #expect(answer.text("message")?.unicodeScalars.count ?? 1000 <= 512)
            }
        }
    }

    @Test("an id may be percent-encoded, as any part of a path may")
    func percentEncodedID() async throws {
        try await Platform.with { platform in
            let id = try await platform.session()
            #expect(try await platform.caller.get(id.replacing("-", with: "%2D")).text("sessionId") == id)
        }
    }

    @Test("who calls is asked before what is sent is looked at, and a path before its body")
    func orderOfChecks() async throws {
        try await Platform.with { platform in
            let nobody = Caller(client: platform.caller.client)
            try await nobody.send(.post, Path.sessions, "not JSON").expectError(401, "UNAUTHENTICATED")
            try await nobody.send(.get, Path.session("no-uuid")).expectError(401, "UNAUTHENTICATED")
            try await platform.caller.send(.post, Path.extend("no-uuid"), "not JSON").expectError(400, "INVALID_ARGUMENT", "sessionId")
            // The server checks the other values of a request before it looks up the device.
            try await platform.caller.create(["device": Body.phone(5000), "duration": "0"]).expectError(400, "INVALID_ARGUMENT", "duration")
            try await platform.caller.create(["device": Body.phone(5000), "qosProfile": "\"NONE\""])
                .expectError(400, "INVALID_ARGUMENT", "qosProfile")
            _ = try await platform.session()
            try await platform.caller.create(["qosProfile": "\"FUTURE\""]).expectError(422, "QUALITY_ON_DEMAND.QOS_PROFILE_NOT_APPLICABLE")
        }
        try await Platform.with(.token(scopes: [])) { platform in
            try await platform.caller.send(.post, Path.sessions, "not JSON").expectError(403, "PERMISSION_DENIED")
        }
    }
}
