import Foundation
import NIOConcurrencyHelpers
import NIOCore
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Testing

@testable import QoDServer

@Suite("Events over HTTP", .timeLimit(.minutes(1)))
struct HTTPEventSinkTests {
    static let delivered = RawServer.Behaviour.answer("HTTP/1.1 204 No Content\r\n\r\n")

    static func event(
        _ sink: String, credential: SinkCredential? = nil, dialect: Session.Dialect = .v1, _ status: QoSStatus = .available, _ info: StatusInfo? = nil
    ) -> SessionEvent {
        SessionEvent(
            sequence: 1, id: .make(at: Fixture.time), session: .make(at: Fixture.time), change: StatusChange(status: status, info: info, time: Fixture.time),
            target: NotificationTarget(sink: sink, credential: credential), dialect: dialect)
    }

    static func sink(
        _ resolver: any AddressResolver = SystemResolver(), timeout: Duration = .seconds(10), _ change: (inout SinkConfiguration) throws -> Void = { _ in }
    ) throws -> HTTPEventSink {
        var configuration = SinkConfiguration()
        configuration.policy = SinkPolicy(allowsHTTP: true, allowsPrivate: true)
        configuration.timeout = timeout
        try change(&configuration)
        return try HTTPEventSink(configuration, resolver: resolver)
    }

    @Test("an event is a POST of a CloudEvent in structured JSON with the token, to path and query of the sink")
    func request() async throws {
        let server = try await RawServer { _, _ in Self.delivered }
        let event = Self.event(
            "http://127.0.0.1:\(server.port)/hook/a?b=c%20d", credential: .accessToken("the-token", expiresAt: Fixture.time), .unavailable, .networkTerminated)
        #expect(try await Self.sink().deliver(event) == .delivered)
        let request = try #require(server.requests.first)
        #expect(request.hasPrefix("POST /hook/a?b=c%20d HTTP/1.1\r\n"))
        #expect(request.contains("Host: 127.0.0.1:\(server.port)\r\n"))
        #expect(request.contains("Content-Type: application/cloudevents+json\r\n"))
        #expect(request.contains("Authorization: Bearer the-token\r\n"))
        let body = try #require(request.components(separatedBy: "\r\n\r\n").last)
        #expect(body == """
            {"id":"\(event.id)","source":"/quality-on-demand/v1/sessions/\(event.session)",\
            "type":"org.camaraproject.quality-on-demand.v1.qos-status-changed","specversion":"1.0","datacontenttype":"application/json",\
            "time":"\(Fixture.time)","data":{"sessionId":"\(event.session)","qosStatus":"UNAVAILABLE","statusInfo":"NETWORK_TERMINATED"}}
            """)
    }

    @Test("the older dialect and provisioning have shapes of their own")
    func dialects() {
        let older = String(decoding: EventDocument.bytes(Self.event("", dialect: .v0, .unavailable, .durationExpired)), as: UTF8.self)
        #expect(older.contains(#""type":"org.camaraproject.qod.v0.qos-status-changed""#))
        #expect(older.contains(#""event":{"eventType":"QOS_STATUS_CHANGED","eventTime":"\#(Fixture.time)","eventDetail":{"sessionId":"#))
        #expect(older.contains(#""data":{"sessionId":"#))
        let assignment = String(decoding: EventDocument.bytes(Self.event("", dialect: .provisioning)), as: UTF8.self)
        #expect(assignment.contains(#""type":"org.camaraproject.qos-provisioning.v0.status-changed""#))
        #expect(assignment.contains(#""data":{"assignmentId":"#) && assignment.contains(#""status":"AVAILABLE""#) && !assignment.contains("statusInfo"))
    }

    static let answers: [(String, DeliveryOutcome)] = [
        ("200 OK", .delivered), ("202 Accepted", .delivered), ("299 Odd", .delivered),
        ("301 Moved\r\nLocation: http://127.0.0.1:1/", .stop(.status(301))), ("307 Moved\r\nLocation: /elsewhere", .stop(.status(307))),
        ("400 Bad", .stop(.status(400))), ("401 Who", .stop(.status(401))), ("404 Not Found", .stop(.status(404))),
        ("410 Gone", .stop(.gone)), ("408 Timeout", .retry(.status(408))), ("425 Early", .retry(.status(425))),
        ("429 Slow\r\nRetry-After: 7", .retry(.status(429), after: .seconds(7))), ("429 Slow\r\nRetry-After: soon", .retry(.status(429))),
        ("500 Oops", .retry(.status(500))), ("503 Busy\r\nRetry-After: -1", .retry(.status(503))), ("599 Odd", .retry(.status(599))),
    ]

    @Test("each status has its outcome; redirects are not followed", arguments: answers)
    func statuses(answer: String, outcome: DeliveryOutcome) async throws {
        let server = try await RawServer { _, _ in RawServer.status(answer) }
        #expect(try await Self.sink().deliver(Self.event("http://127.0.0.1:\(server.port)/")) == outcome)
        #expect(server.requests.count == 1)
    }

    @Test("a sink that is down, silent, drips its head, closes without or within an answer, or talks nonsense is a failure in time", arguments: [
        ("silent", DeliveryProblem.timeout), ("drips", .timeout), ("closes", .closed), ("closes in the head", .closed), ("nonsense", .badAnswer),
        ("a head without end", .badAnswer),
    ])
    func failures(kind: String, problem: DeliveryProblem) async throws {
        let server = try await RawServer { _, _ in
            switch kind {
            case "silent": .silence
            case "drips": .drip(first: "HTTP/1.1 200 OK\r\nX-Slow: ", rest: "a")
            case "closes": .close
            case "closes in the head": .answerAndClose("HTTP/1.1 200 OK\r\nContent-Le")
            case "nonsense": .answer("SMTP ready, what do you want?\r\n\r\n")
            default: .answer("HTTP/1.1 200 OK\r\n" + String(repeating: "X-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", count: 4000))
            }
        }
        let start = ContinuousClock.now
        let outcome = try await Self.sink(timeout: .milliseconds(700)).deliver(Self.event("http://127.0.0.1:\(server.port)/"))
        #expect(outcome == .retry(problem))
        #expect(server.connections == 1)
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test("nobody there is a failure at once")
    func down() async throws {
        let port = try await RawServer { _, _ in .close }.port
        try await eventually { try await Self.sink().deliver(Self.event("http://127.0.0.1:\(port)/")) == .retry(.unreachable) }
    }

    @Test("an answer is done with its head: a body that drips or never ends delays nothing and is not read", arguments: [true, false])
    func body(drips: Bool) async throws {
        let endless = String(repeating: "x", count: 4 << 20)
        let server = try await RawServer { _, _ in
            drips ? .drip(first: "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", rest: "x") : .answer("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + endless)
        }
        let sink = try Self.sink()
        let start = ContinuousClock.now
        #expect(await sink.deliver(Self.event("http://127.0.0.1:\(server.port)/")) == .delivered)
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(await sink.deliver(Self.event("http://127.0.0.1:\(server.port)/")) == .delivered)
        #expect(server.connections == 2, "what was not read to its end is not used again")
    }

    @Test("connections are used again, and one that was closed meanwhile costs no failure")
    func reuse() async throws {
        let server = try await RawServer { _, number in number == 3 ? .close : Self.delivered }
        let sink = try Self.sink()
        for _ in 1...5 { #expect(await sink.deliver(Self.event("http://127.0.0.1:\(server.port)/")) == .delivered) }
        #expect(server.connections == 2)
        #expect(server.requests.count == 6)
    }

    @Test("a token that is no word of a header is not sent")
    func headerInjection() async throws {
        let server = try await RawServer { _, _ in Self.delivered }
        for token in ["a\r\nX-Evil: 1", "a b", "", "ü"] {
            let event = Self.event("http://127.0.0.1:\(server.port)/", credential: .accessToken(token, expiresAt: Fixture.time))
            #expect(try await Self.sink().deliver(event) == .stop(.sinkNotAllowed))
        }
        #expect(server.requests.isEmpty)
    }

    @Test("a cancelled attempt ends at once")
    func cancellation() async throws {
        let server = try await RawServer { _, _ in .silence }
        let sink = try Self.sink()
        let attempt = Task { await sink.deliver(Self.event("http://127.0.0.1:\(server.port)/")) }
        try await eventually { server.requests.count == 1 }
        let start = ContinuousClock.now
        attempt.cancel()
        #expect(await attempt.value != .delivered)
        #expect(ContinuousClock.now - start < .seconds(30))
    }
}
