import HTTPTypes
import QualityOnDemand
import SessionEngine
import Testing

@testable import QoDServer

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

    @Test("mean one host to the check, to the queue of a host and to the delivery", arguments: [
        ("https://example.com/a", "example.com:443"), ("HTTPS://EXAMPLE.com:443", "example.com:443"), ("https://example.com:/", "example.com:443"),
        ("http://example.com/", "example.com:80"), ("https://[2606:4700::1111]/", "[2606:4700::1111]:443"), ("https://[2606:4700::1111]:8443/", "[2606:4700::1111]:8443"),
        ("https://user:secret@example.com/", nil), ("https://@example.com/", nil), ("https://[::1]/", nil), ("https://[::ffff:10.0.0.1]/", nil), ("https://10.0.0.1:443/", nil),
    ])
    func oneHost(_ sink: String, _ host: String?) async throws {
        var configuration = ServerConfiguration()
        configuration.allowsHTTPSinks = true
        let rules = SinkRules(configuration, now: Timestamp(milliseconds: 0))
        let target = try? rules.target(sink: sink, credential: nil)
        #expect(target?.host == host)
        guard let target else { return }
        let url = try SinkURL(target.sink)
        #expect(url.authority == host)
        #expect(SinkRoute.authority(nil, url) == "\(url.host):\(url.port)")
    }
}
