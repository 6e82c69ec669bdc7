import CAMARA
import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("Events")
struct QosStatusChangedEventTests {
    static let cases: [Limit] = [
        .allows("id", .letters(256)), .refuses("id", .letters(257), "is 257 characters long; at most 256 are allowed"),
        .refuses("id", nil, "is required"),
        .allows("source", .letters(2048)), .refuses("source", .letters(2049), "is 2049 characters long; at most 2048 are allowed"),
        .refuses("source", nil, "is required"), .refuses("type", nil, "is required"),
        .allows("type", .string("org.camaraproject.qod.v0.qos-status-changed")),
        .refuses("type", .letters(513), "is 513 characters long; at most 512 are allowed"),
        .refuses("specversion", nil, "is required"),
        .refuses("specversion", .string("0.3"), "\"0.3\" is not a supported version; only 1.0 is"),
        .refuses("specversion", .string("1.0.20000"), "is 9 characters long; at most 8 are allowed"),
        .allows("datacontenttype", nil), .refuses("time", nil, "is required"),
        .refuses("time", .string("now"), "\"now\" is not a date-time with time zone, such as 2026-06-01T12:00:00Z (RFC 3339)"),
        .refuses("data", nil, "is required"), .refuses("data", .array([]), "is an array, not an object"),
        .refuses("data.sessionId", nil, "is required"), .refuses("data.qosStatus", nil, "is required"), .allows("data.statusInfo", nil),
        .refuses("data.qosStatus", .string("GONE"), "\"GONE\" is not one of REQUESTED, AVAILABLE, UNAVAILABLE"),
        .refuses("data.statusInfo", .string("GONE"), "\"GONE\" is not one of DURATION_EXPIRED, NETWORK_TERMINATED, DELETE_REQUESTED"),
    ]

    @Test("each property has its limits, and errors say where they were passed", arguments: cases)
    func limited(limit: Limit) {
        limit.check(in: Sample.event, as: QosStatusChangedEvent.self)
    }

    @Test("an event is a CloudEvent of version 1.0 with JSON data")
    func written() throws {
        let event = QosStatusChangedEvent(
            id: "1", source: "/sessions/2", time: Timestamp(milliseconds: 1_717_246_800_000), sessionID: "3", qosStatus: .available, statusInfo: nil)
        let expected = #"{"id":"1","source":"/sessions/2","type":"org.camaraproject.quality-on-demand.v1.qos-status-changed","#
            + #""specversion":"1.0","datacontenttype":"application/json","time":"2024-06-01T13:00:00.000Z","#
            + #""data":{"sessionId":"3","qosStatus":"AVAILABLE"}}"#
        #expect(String(decoding: event.json, as: UTF8.self) == expected)
        #expect(QosStatusChangedEvent.contentType == "application/cloudevents+json")
    }

    @Test("an event is read as it was written")
    func roundTrip() throws {
        for seed in 0..<1_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let event = QosStatusChangedEvent(
                id: random.jsonString(), source: random.jsonString(), type: random.oneIn(2) ? QosStatusChangedEvent.type : random.jsonString(),
                time: random.timestamp(), sessionID: "\(SessionID.make(at: random.recentTimestamp(), using: &random))",
                qosStatus: random.pick(QoSStatus.allCases), statusInfo: random.oneIn(2) ? nil : random.pick(StatusInfo.allCases))
            if try QosStatusChangedEvent(event.document) != event { Issue.record("seed \(seed): \(event)") }
        }
    }
}
