import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("Sessions")
struct SessionTests {
    @Test("a session is stored with the intent to be in the network before the network is asked")
    func requested() {
        let session = Fixture.requested(duration: 3600)
        #expect(session.deadline == Fixture.at(300) && session.isUnapplied)
        #expect(session.progress == .requested(giveUpAt: Fixture.at(300)))
        #expect(session.inNetwork && session.wantsNetwork && session.blocksItsFlow)
        #expect(session.duration == 3600)
        #expect(session.createdAt == Fixture.at(0))
        #expect(session.dialect == .v1)
    }

    @Test("the operator sets how long the network may take")
    func timing() {
        let session = Fixture.requested(duration: 60, timing: .init(giveUpAfter: 7))
        #expect(session.deadline == Fixture.at(7) && session.isUnapplied)
        #expect(Session.Timing().giveUpAfter == 300)
        #expect(Session.Timing().readableAfterEnd == 360)
    }

    @Test("what clients are told in each state", arguments: [
        (.requested, .requested, nil, nil, nil), (.available, .available, nil, 10, 70),
        (.terminated, .unavailable, .networkTerminated, 10, 30), (.terminatedAndReleased, .unavailable, .networkTerminated, 10, 30),
        (.gone, .unavailable, .deleteRequested, 10, 30), (.goneAndReleased, .unavailable, .deleteRequested, 10, 30),
    ] as [(SessionState, QoSStatus, StatusInfo?, Int?, Int?)])
    func told(state: SessionState, status: QoSStatus, info: StatusInfo?, startedAt: Int?, expiresAt: Int?) {
        let session = state.session
        #expect(session.status == status)
        #expect(session.statusInfo == info)
        #expect(session.startedAt == startedAt.map(Fixture.at))
        #expect(session.expiresAt == expiresAt.map(Fixture.at))
    }

    @Test("what keeps the network, the flow and the clock busy in each state", arguments: [
        (.requested, true, true, 300), (.available, true, true, 70), (.terminated, false, true, 390),
        (.terminatedAndReleased, false, true, 390), (.gone, false, false, nil), (.goneAndReleased, false, false, nil),
    ] as [(SessionState, Bool, Bool, Int?)])
    func busy(state: SessionState, wantsNetwork: Bool, blocksItsFlow: Bool, deadline: Int?) {
        let session = state.session
        #expect(session.wantsNetwork == wantsNetwork)
        #expect(session.blocksItsFlow == blocksItsFlow)
        #expect(session.deadline == deadline.map(Fixture.at))
    }

    @Test("a session that the network ended is readable for 360 s, a deleted or expired one not at all", arguments: [
        (.requested, 100_000, true), (.available, 40, true), (.terminated, 389, true), (.terminated, 390, false),
        (.terminatedAndReleased, 389, true), (.terminatedAndReleased, 390, false), (.gone, 30, false), (.goneAndReleased, 30, false),
    ] as [(SessionState, Int, Bool)])
    func readable(state: SessionState, seconds: Int, isReadable: Bool) {
        #expect(state.session.isReadable(at: Fixture.at(seconds)) == isReadable)
    }

    @Test("the example of the specification: 30,000 s and 30,000 s under a limit of 50,000 s are 50,000 s")
    func extensionIsCapped() throws {
        var session = Fixture.requested(duration: 30_000)
        _ = session.networkBecameReady(at: Fixture.at(5))
        try session.extended(by: 30_000, limit: 50_000, at: Fixture.at(100))
        #expect(session.duration == 50_000)
        #expect(session.deadline == Fixture.at(50_005))
    }

    @Test("an extension never takes time away", arguments: [
        (30, 10), (-30, 86_400), (Int.min, 86_400), (Int.max, 10), (0, 0), (1, 60), (Int.max, 86_400),
    ])
    func extensionNeverShortens(seconds: Int, limit: Int) throws {
        var session = SessionState.available.session
        try session.extended(by: seconds, limit: limit, at: Fixture.at(40))
        #expect(session.duration == (seconds == Int.max && limit == 86_400 ? 86_400 : 60))
        #expect(session.expiresAt == session.startedAt?.adding(seconds: session.duration))
    }

    @Test("a clock that was set back yields the shortest duration, never a negative one")
    func clockSetBack() {
        var session = SessionState.available.session
        _ = session.deleted(at: Fixture.at(-1_000))
        #expect(session.duration == 1)
    }

    @Test("part of a second that ran does not count")
    func wholeSeconds() {
        var session = SessionState.available.session
        _ = session.deleted(at: Fixture.at(39).adding(milliseconds: 999))
        #expect(session.duration == 29)
    }

    @Test("a session is put together again exactly as it was stored", arguments: SessionState.allCases)
    func stored(state: SessionState) {
        let session = state.session
        let copy = Session.stored(
            id: session.id, owner: session.owner, subject: session.subject, flow: session.flow, profile: session.profile,
            notification: session.notification, dialect: session.dialect, createdAt: session.createdAt,
            duration: session.duration, progress: session.progress, placement: session.placement)
        #expect(copy == session)
    }

    @Test("a sink's token is in no text about its session")
    func redacted() {
        let credential = SinkCredential.accessToken("s3cret", expiresAt: Fixture.at(60))
        let target = NotificationTarget(sink: "https://sink.example", credential: credential)
        var dumped = ""
        dump(target, to: &dumped)
        for text in ["\(credential)", String(reflecting: credential), "\(target)", String(reflecting: target), dumped] {
            #expect(!text.contains("s3cret"))
            #expect(text.contains("redacted"))
        }
    }
}
