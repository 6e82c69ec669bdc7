import HTTPTypes
import HummingbirdTesting
import QoDServer
import Testing

@Suite("A connection")
struct ConnectionTests {
    @Test("is as good after a refused request as before, also where its body was not read")
    func keepsGoing() async throws {
        try await Platform.with(Setup { $0.framework = .live }) { platform in
            let nobody = Caller(client: platform.caller.client)
            // A little less than the server reads of an unwanted body.
            let large = Body.create() + String(repeating: " ", count: 60_000)
            try await nobody.send(.post, Path.sessions, large).expectError(401, "UNAUTHENTICATED")
            try await platform.caller.send(.put, Path.sessions, large).expectError(405, "METHOD_NOT_ALLOWED")
            try await platform.caller.send(.post, "/nowhere", large).expectError(404, "NOT_FOUND")
            try await platform.caller.send(.post, Path.sessions, "not JSON").expectError(400, "INVALID_ARGUMENT")
            let id = try await platform.session()
            #expect(try await platform.caller.get(id).status == 200)
            #expect(try await platform.caller.extend(id, by: 60).status == 200)
            #expect(try await platform.caller.delete(id).status == 204)
            #expect(try await platform.caller.send(.get, "/health/live").status == 200)
        }
    }

    @Test("carries a body in pieces whose length nobody told")
    func chunked() async throws {
        try await Platform.with(Setup { $0.framework = .live }) { platform in
            let addresses = (1...16).map { "\"2001:db8::\($0)\"" }.joined(separator: ", ")
            let body = Body.create(["applicationServer": "{\"ipAddresses\": [\(addresses)]}"]) + String(repeating: "\n", count: 100_000)
            let answer = try await platform.caller.send(.post, Path.sessions, body, headers: ["Transfer-Encoding": "chunked"])
            #expect(answer.status == 201)
            #expect(answer["applicationServer"]?["ipAddresses"]?.elements.count == 16)
        }
    }
}
