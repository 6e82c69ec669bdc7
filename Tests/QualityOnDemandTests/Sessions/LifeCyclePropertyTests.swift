import QoDTestSupport
import QualityOnDemand
import Testing

/// Sends random events to a session and counts the events that must not happen twice.
private struct LifeCycleRun {
    let seed: UInt64
    var random: SeededGenerator
    var session: Session
    let timing: Session.Timing
    /// Seconds after the creation.
    var now = 0
    var endings = 0
    var erasures = 0
    private var ending: (info: StatusInfo?, at: Timestamp?, duration: Int)?

    init(seed: UInt64) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        timing = Session.Timing(giveUpAfter: random.int(in: 1...300), readableAfterEnd: random.int(in: 1...400))
        session = Fixture.requested(duration: random.int(in: 1...600), timing: timing)
    }

    mutating func event() -> SessionEvent {
        now += random.oneIn(3) ? 0 : random.int(in: 0...(random.oneIn(4) ? 500 : 30))
        switch random.int(in: 0...9) {
        case 0...1: return .ready(at: now)
        case 2: return .ended(at: now)
        case 3: return .deleted(at: now)
        case 4...5: return .deadline(at: now)
        case 6...7: return .released
        default: return .extended(by: random.int(in: -10...400), limit: random.int(in: 1...900), at: now)
        }
    }

    func fail(_ event: SessionEvent, _ complaint: String) {
        Issue.record("seed \(seed), \(event) at \(now): \(complaint); now \(session.progress), in the network: \(session.inNetwork)")
    }

    mutating func step(_ event: SessionEvent) {
        let before = session
        let actions = (try? event.happen(to: &session, timing: timing)) ?? []
        checkNotices(event, before, actions)
        checkDeadline(event)
        checkDuration(event, before)
        checkNetwork(event, before, actions)
        checkEnding(event, before)
        checkRepetition(event)
    }

    /// There is exactly one notice for each change of status, and the notice contains the new status.
    private func checkNotices(_ event: SessionEvent, _ before: Session, _ actions: [SessionAction]) {
        let notices = actions.compactMap { if case .notify(let change) = $0 { change } else { nil } }
        if notices.count != (before.status == session.status ? 0 : 1) { fail(event, "\(notices.count) notices") }
        guard let notice = notices.first else { return }
        let time = session.status == .available ? session.startedAt : session.expiresAt
        if notice.status != session.status || notice.info != session.statusInfo || notice.time != time { fail(event, "told \(notice)") }
    }

    /// A deadline that has passed is not kept.
    private func checkDeadline(_ event: SessionEvent) {
        if case .deadline = event, let deadline = session.deadline, deadline <= Fixture.at(now) { fail(event, "the deadline is still past") }
    }

    private func checkDuration(_ event: SessionEvent, _ before: Session) {
        switch session.progress {
        case .requested:
            if session.duration != before.duration { fail(event, "the duration changed while requested") }
        case .available(let startedAt, let expiresAt):
            if expiresAt != startedAt.adding(seconds: session.duration) { fail(event, "the end is not start and duration") }
            if session.duration < before.duration { fail(event, "time was taken away") }
            if case .extended(_, let limit, _) = event, session.duration > max(before.duration, limit) { fail(event, "over the limit") }
        case .unavailable(_, let startedAt, let endedAt, _):
            let ran = startedAt.map { (endedAt.milliseconds - $0.milliseconds) / 1000 } ?? 0
            if session.duration != max(Int(ran), 1) { fail(event, "\(session.duration) s, but it ran \(ran) s") }
        }
    }

    /// A wanted session stays in the network. An erased session is not in the network and not readable.
    private mutating func checkNetwork(_ event: SessionEvent, _ before: Session, _ actions: [SessionAction]) {
        if session.wantsNetwork, !session.inNetwork { fail(event, "wanted, but taken out of the network") }
        if !before.inNetwork, session.inNetwork { fail(event, "put into the network once more") }
        if before.inNetwork, !session.inNetwork, event != .released { fail(event, "taken out before the network let go") }
        if session.generation != before.generation { fail(event, "wanted in another form") }
        if actions.contains(.release), session.wantsNetwork || !session.inNetwork { fail(event, "released what is wanted or not there") }
        if before.wantsNetwork, !session.wantsNetwork, !actions.contains(.release) { fail(event, "ended without release") }
        guard actions.contains(.erase) else { return }
        erasures += 1
        if session.inNetwork || session.wantsNetwork || session.blocksItsFlow || session.isReadable(at: Fixture.at(now)) {
            fail(event, "erased too early")
        }
    }

    /// A session ends once, and its ending does not change afterwards.
    private mutating func checkEnding(_ event: SessionEvent, _ before: Session) {
        if before.status != .unavailable, session.status == .unavailable { endings += 1 }
        if before.status == .available, session.status == .requested { fail(event, "went back") }
        guard session.status == .unavailable else {
            if endings > 0 { fail(event, "came back to life") }
            return
        }
        if let ending, ending != (session.statusInfo, session.expiresAt, session.duration) { fail(event, "ended otherwise") }
        ending = (session.statusInfo, session.expiresAt, session.duration)
    }

    /// A repeated event changes nothing. Only a repeated extension extends again.
    private func checkRepetition(_ event: SessionEvent) {
        if case .extended = event { return }
        var again = session
        let actions = (try? event.happen(to: &again, timing: timing)) ?? []
        if !actions.isEmpty || again != session { fail(event, "not idempotent: \(actions)") }
    }

    /// Moves time forward and lets the network release the session until no work is left.
    mutating func finish() {
        for _ in 0..<4 {
            if let deadline = session.deadline {
                now = max(now, Int(deadline.since(Fixture.at(0)).components.seconds))
                step(.deadline(at: now))
            }
            step(.released)
        }
    }
}

@Suite("The life cycle under random events")
struct LifeCyclePropertyTests {
    @Test("whatever happens, every invariant holds, and in the end the session is erased, once")
    func invariants() {
        for seed in 0..<4_000 as Range<UInt64> {
            var run = LifeCycleRun(seed: seed)
            for _ in 0..<run.random.int(in: 0...20) {
                let event = run.event()
                run.step(event)
            }
            run.finish()
            if run.endings != 1 { Issue.record("seed \(seed): \(run.endings) endings") }
            if run.erasures != 1 { Issue.record("seed \(seed): erased \(run.erasures) times") }
            if run.session.deadline != nil || run.session.inNetwork { Issue.record("seed \(seed): something is left to do") }
        }
    }
}
