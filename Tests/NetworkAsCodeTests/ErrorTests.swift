import Foundation
import NetworkAsCode
import Testing

/// The errors that the SDK throws for failures.
@Suite struct ErrorTests {
    let world = World()

    private func error(_ response: TransportResponse, _ location: SourceLocation = #_sourceLocation) async -> NetworkAsCodeError? {
        let world = World { $0.retries = .none }
        world.faults(.answers(response))
        return await failure(location) { try await world.client.sessions.get("a") }
    }

    @Test(
        "Each status has its kind, and the API's code and message are kept",
        arguments: [
            (400, "INVALID_ARGUMENT", NetworkAsCodeError.Kind.invalidArgument),
            (400, "QUALITY_ON_DEMAND.DURATION_OUT_OF_RANGE", .invalidArgument), (401, "UNAUTHENTICATED", .unauthorised),
            (403, "PERMISSION_DENIED", .forbidden), (404, "IDENTIFIER_NOT_FOUND", .notFound), (410, "GONE", .notFound),
            (409, "CONFLICT", .conflict), (422, "SERVICE_NOT_APPLICABLE", .notApplicable), (429, "TOO_MANY_REQUESTS", .rateLimited),
            (405, "METHOD_NOT_ALLOWED", .rejected), (415, "UNSUPPORTED_MEDIA_TYPE", .rejected), (500, "INTERNAL", .server),
            (503, "UNAVAILABLE", .server), (599, "X", .server),
        ])
    func kinds(status: Int, code: String, kind: NetworkAsCodeError.Kind) async {
        let error = await error(.error(status, code, "what is wrong"))
        #expect(error?.kind == kind)
        #expect(error?.code == code)
        #expect(error?.httpStatus == status)
        #expect(error?.message == "what is wrong")
        #expect(error?.sessionFailures.isEmpty == true)
    }

    @Test("The x-correlator is the one that the answer has, or else the one that was sent")
    func correlator() async {
        world.faults(.answers(.error(404, "NOT_FOUND", "no")), .answers(.error(404, "NOT_FOUND", "no", headers: ["X-Correlator": "theirs"])))
        let first = await failure { try await world.client.sessions.get("a") }
        #expect(first?.xCorrelator == world.requests[0].headers["x-correlator"])
        let second = await failure { try await world.client.sessions.get("a") }
        #expect(second?.xCorrelator == "theirs")
        #expect("\(second!)" == "NOT_FOUND: no (HTTP 404, x-correlator theirs)")
    }

    @Test("Rate limiting tells the wait, as seconds or as a date")
    func retryAfter() async {
        let seconds = await error(.error(429, "TOO_MANY_REQUESTS", "slow", headers: ["Retry-After": "120"]))
        #expect(seconds?.retryAfter == .seconds(120))
        let date = await error(.error(429, "TOO_MANY_REQUESTS", "slow", headers: ["retry-after": "Mon, 01 Jun 2026 12:02:00 GMT"]))
        #expect(date?.retryAfter == .seconds(120))
        let none = await error(.error(429, "TOO_MANY_REQUESTS", "slow"))
        #expect(none?.kind == .rateLimited && none?.retryAfter == nil)
    }

    @Test("An error without a body, or with one that is not the API's, still tells what it can")
    func otherBodies() async {
        #expect(await error(TransportResponse(status: 502))?.message == "the answer gives no reason")
        let page = await error(.json(502, "<html>Bad Gateway\u{7}</html>"))
        #expect(page?.kind == .server && page?.code == "SERVER_ERROR")
        #expect(page?.message.contains("<html>Bad Gateway") == true && page?.message.contains("\u{7}") == false)
        let gateway = await error(.json(403, #"{"message":"You are not subscribed to this API."}"#))
        #expect(gateway?.kind == .forbidden && gateway?.code == "PERMISSION_DENIED")
        #expect(gateway?.message == "You are not subscribed to this API.")
        #expect(await error(.json(400, "[]"))?.kind == .invalidArgument)
        #expect(await error(.json(400, #"{"message":7,"code":[]}"#))?.kind == .invalidArgument)
    }

    @Test(
        "A good status with a body that is not the API's is an unexpected answer",
        arguments: [
            "", "null", "[]", "{", "<html></html>", "\"a\"", #"{"sessionId":"a"}"#,
            minimalSession.replacing("\"AVAILABLE\"", with: "7"), minimalSession.replacing("60", with: "-1"),
            minimalSession + "x", String(repeating: "[", count: 100_000),
        ])
    func unreadable(body: String) async {
        let error = await error(.json(200, body))
        #expect(error?.kind == .unexpectedAnswer)
        #expect(error?.httpStatus == 200)
        #expect(error?.message.hasPrefix("the answer cannot be read: ") == true)
        #expect((error?.message.count ?? 1000) < 300)
    }

    @Test("A redirect is not followed, and says why", arguments: [301, 302, 307, 308])
    func redirects(status: Int) async {
        let error = await error(TransportResponse(status: status, headers: ["Location": "https://evil.example/"]))
        #expect(error?.kind == .unexpectedAnswer)
        #expect(error?.message.contains("redirect") == true)
    }

    @Test(
        "What happens on the way has its kind and the transport's error as its cause",
        arguments: [
            (TransportError.Kind.notConnected, NetworkAsCodeError.Kind.connection), (.connectionLost, .connection), (.timedOut, .timeout),
            (.responseTooLarge, .unexpectedAnswer), (.invalidRequest, .invalidArgument), (.other, .connection),
        ])
    func transport(kind: TransportError.Kind, expected: NetworkAsCodeError.Kind) async {
        let world = World { $0.retries = .none }
        world.faults(.fails(kind))
        let error = await failure { try await world.client.sessions.get("a") }
        #expect(error?.kind == expected)
        #expect(error?.httpStatus == nil)
        #expect((error?.underlyingError as? TransportError)?.kind == kind)
        #expect(error?.xCorrelator == world.requests[0].headers["x-correlator"])
    }

    @Test("Any other error of a transport counts as a connection that failed, and is not repeated")
    func strangeTransportError() async {
        struct Strange: Error {}
        world.server.onRequest.withLock { $0 = { _ in throw Strange() } }
        let error = await failure { try await world.client.sessions.get("a") }
        #expect(error?.kind == .connection)
        #expect((error?.underlyingError as? TransportError)?.underlyingError is Strange)
        #expect(world.requests.count == 1)
    }

    @Test("Kinds match in a switch")
    func matching() async {
        let error = await failure { try await world.client.sessions.get("a") }
        switch error?.kind {
        case .conflict: Issue.record("not a conflict")
        case .notFound: break
        default: Issue.record("not any other")
        }
        do {
            _ = try await world.client.sessions.get("a")
            Issue.record("not thrown")
        } catch where error.kind == .notFound {
            #expect(error.httpStatus == 404)
        } catch {
            Issue.record("not caught")
        }
    }
}
