import CAMARA
import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("SessionInfo")
struct SessionInfoTests {
    private static let states = "REQUESTED, AVAILABLE, UNAVAILABLE"
    private static let reasons = "DURATION_EXPIRED, NETWORK_TERMINATED, DELETE_REQUESTED"

    static let cases: [Limit] = [
        .allows("device", nil), .allows("sink", nil), .allows("startedAt", nil), .allows("expiresAt", nil), .allows("statusInfo", nil),
        .allows("duration", .integer(0)), .allows("sessionId", .string("any")), .allows("qosProfile", .string("a b")),
        .allows("sinkCredential", .text(#"{"credentialType": "ACCESSTOKEN"}"#)), .allows("devicePorts", nil),
        .refuses("applicationServer", nil, "is required"), .refuses("qosProfile", nil, "is required"),
        .refuses("sessionId", nil, "is required"),
        .refuses("duration", nil, "is required"), .refuses("qosStatus", nil, "is required"),
        .refuses("qosStatus", .string("available"), "\"available\" is not one of \(states)"),
        .refuses("statusInfo", .string("UNKNOWN"), "\"UNKNOWN\" is not one of \(reasons)"),
        .refuses("duration", .integer(-1), "-1 is not in 0...2147483647"),
        .refuses(
            "startedAt", .string("yesterday"), "\"yesterday\" is not a date-time with time zone, such as 2026-06-01T12:00:00Z (RFC 3339)"),
        .refuses("expiresAt", .integer(1_717_243_200), "is a number, not a string"),
    ]

    @Test("an answer is read leniently where other providers differ, and errors say where it cannot be read", arguments: cases)
    func limited(limit: Limit) {
        limit.check(in: Sample.sessionInfo, as: SessionInfo.self)
    }

    @Test("everything that is answered is read")
    func complete() throws {
        let info = try SessionInfo(Sample.sessionInfo)
        #expect(info.device?.phoneNumber?.description == "+99999991000")
        #expect(info.flow.applicationServer.form == .list)
        #expect(info.flow.devicePorts?.ranges.map(\.description) == ["5010-5020"])
        #expect(info.flow.applicationServerPorts?.ports == [443])
        #expect(info.qosProfile == "QOS_L")
        #expect(info.sink == "https://sink.example/events")
        #expect(info.sessionID == "3fa85f64-5717-4562-b3fc-2c963f66afa6")
        #expect(info.duration == 2428)
        #expect(info.startedAt == (try Timestamp(rfc3339: "2024-06-01T12:00:00Z")))
        #expect(info.expiresAt == info.startedAt?.adding(seconds: 2428))
        #expect(info.qosStatus == .unavailable)
        #expect(info.statusInfo == .networkTerminated)
    }

    @Test("a list is read, and errors carry the index")
    func list() throws {
        let read = { (document: JSONValue) throws(InvalidValue) in try SessionInfo.list(JSONNode(document, unknownProperties: .ignored)) }
        #expect(try read(.array([])).isEmpty)
        #expect(try read(.array([Sample.sessionInfo, Sample.sessionInfo])).count == 2)
        let error = #expect(throws: InvalidValue.self) { try read(.array([Sample.sessionInfo, .object([])])) }
        #expect(error?.description == "[1].applicationServer: is required")
        let object = #expect(throws: InvalidValue.self) { try read(Sample.sessionInfo) }
        #expect(object?.description == "is an object, not an array")
    }

    // MARK: Written from a session

    private static func session(_ random: inout SeededGenerator, device: Device?) throws -> Session {
        let kinds = device?.identifierKinds ?? [.phoneNumber]
        let now = random.recentTimestamp()
        let credential = SinkCredential.accessToken("s3cret", expiresAt: now)
        let session = Session.requested(
            id: .make(at: now, using: &random), by: ClientID("client"),
            for: Session.Subject(
                key: DeviceKey("device"), device: device, identifiedBy: random.pick(kinds),
                addresses: NetworkAddresses(ipv4: random.ipv4Address(), ipv6: nil)),
            flow: random.flow(), profile: try QoSProfileName("QOS_M"), duration: random.int(in: 1...86_400),
            notification: random.oneIn(2) ? nil : NotificationTarget(sink: "https://sink.example", credential: credential), at: now)
        return session
    }

    private static func check(_ session: Session, _ seed: UInt64) throws {
        let bytes = JSONWriter.document { session.writeSessionInfo(to: &$0) }
        let info = try SessionInfo(try JSONValue(parsing: bytes))
        #expect(info.flow == session.flow, "seed \(seed)")
        #expect(info.sessionID == session.id.description && info.qosProfile == session.profile.description, "seed \(seed)")
        #expect(info.duration == session.duration && info.qosStatus == session.status, "seed \(seed)")
        #expect(info.statusInfo == session.statusInfo, "seed \(seed)")
        #expect(info.startedAt == session.startedAt && info.expiresAt == session.expiresAt, "seed \(seed)")
        #expect(info.sink == session.notification?.sink, "seed \(seed)")
        #expect(info.device?.identifierKinds == session.subject.device.map { _ in [session.subject.identifiedBy] }, "seed \(seed)")
        #expect(!String(decoding: bytes, as: UTF8.self).contains("s3cret"), "seed \(seed)")
    }

    @Test("a session is answered as it is, in every state, with the one identifier and without the credential")
    func written() throws {
        for seed in 0..<300 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var session = try Self.session(&random, device: random.oneIn(4) ? nil : random.device())
            try Self.check(session, seed)
            #expect(session.startedAt == nil && session.expiresAt == nil, "not answered while requested")
            let now = session.createdAt.adding(seconds: 1)
            if !random.oneIn(3) { _ = session.networkBecameReady(at: now) }
            try Self.check(session, seed)
            _ = session.networkEnded(at: now.adding(seconds: random.int(in: 0...1_000)))
            try Self.check(session, seed)
        }
    }
}
