import HTTPTypes
import QoDServer
import Testing

@Suite("Sinks")
struct SinkTests {
    @Test("take a bearer token however its type is written, with sessions and with assignments", arguments: ["bearer", "Bearer", "BEARER"])
    func tokenType(_ type: String) async throws {
        try await Platform.with { platform async throws in
            let sink = ["sink": #""https://example.com/hook""#, "sinkCredential": ErrorCase.credential(type: type)]
            #expect(try await platform.caller.create(sink).status == 201)
            let assignment = Body.assignment(sink.merging(["device": Body.phone(1001)]) { $1 })
            #expect(try await platform.caller.send(.post, Path.assignments, assignment).status == 201)
        }
    }

    @Test("http is allowed where the operator allows it, and nothing else")
    func http() async throws {
        try await Platform.with(Setup {
            $0.server.allowsHTTPSinks = true
            $0.server.allowsPrivateSinks = true
        }) { platform async throws in
            #expect(try await platform.caller.create(["sink": #""http://127.0.0.1:8080/hook""#]).text("sink") == "http://127.0.0.1:8080/hook")
            for sink in ["ftp://example.com/", "//example.com/", "http://", "http://user:secret@example.com/"] {
                let answer = try await platform.caller.create(["sink": "\"\(sink)\"", "device": Body.phone(1001)])
                answer.expectError(400, "INVALID_SINK", "sink: ")
                #expect(!answer.body.contains("user:secret"))
            }
        }
    }
}
