import QualityOnDemand
import Testing

/// One line of the table: the outcome of an event in a state.
struct Transition: CustomTestStringConvertible, Sendable {
    enum Outcome: Sendable {
        /// Nothing changes, and there are no actions.
        case nothing
        /// The session refuses an extension.
        case refused(QoSStatus)
        case becomes(Session.Progress, duration: Int, inNetwork: Bool = true, [SessionAction])
    }

    let state: SessionState
    let event: SessionEvent
    let outcome: Outcome

    init(_ state: SessionState, _ event: SessionEvent, _ outcome: Outcome) {
        self.state = state
        self.event = event
        self.outcome = outcome
    }

    var testDescription: String { "\(event) while \(state)" }
}

@Suite("Each event in each state")
struct TransitionTableTests {
    private static func at(_ seconds: Int) -> Timestamp { Fixture.at(seconds) }

    private static func over(_ info: StatusInfo, from start: Int?, to end: Int, readable: Int?) -> Session.Progress {
        .unavailable(info, startedAt: start.map(at), endedAt: at(end), readableUntil: readable.map(at))
    }

    private static func told(_ status: QoSStatus, _ info: StatusInfo? = nil, at seconds: Int) -> SessionAction {
        .notify(StatusChange(status: status, info: info, time: Fixture.at(seconds)))
    }

    static let requested: [Transition] = [
        Transition(.requested, .ready(at: 40), .becomes(
            .available(startedAt: at(40), expiresAt: at(100)), duration: 60, [told(.available, at: 40)])),
        Transition(.requested, .ended(at: 40), .becomes(
            over(.networkTerminated, from: nil, to: 40, readable: 400), duration: 1,
            [told(.unavailable, .networkTerminated, at: 40), .release])),
        Transition(.requested, .deleted(at: 40), .becomes(
            over(.deleteRequested, from: nil, to: 40, readable: nil), duration: 1, [told(.unavailable, .deleteRequested, at: 40), .release])),
        Transition(.requested, .deadline(at: 299), .nothing),
        Transition(.requested, .deadline(at: 300), .becomes(
            over(.networkTerminated, from: nil, to: 300, readable: 660), duration: 1,
            [told(.unavailable, .networkTerminated, at: 300), .release])),
        Transition(.requested, .released, .nothing),
        Transition(.requested, .extended(by: 30, at: 40), .refused(.requested)),
    ]

    static let available: [Transition] = [
        Transition(.available, .ready(at: 40), .nothing),
        Transition(.available, .ended(at: 40), .becomes(
            over(.networkTerminated, from: 10, to: 40, readable: 400), duration: 30,
            [told(.unavailable, .networkTerminated, at: 40), .release])),
        Transition(.available, .ended(at: 10), .becomes(
            over(.networkTerminated, from: 10, to: 10, readable: 370), duration: 1,
            [told(.unavailable, .networkTerminated, at: 10), .release])),
        Transition(.available, .deleted(at: 40), .becomes(
            over(.deleteRequested, from: 10, to: 40, readable: nil), duration: 30, [told(.unavailable, .deleteRequested, at: 40), .release])),
        Transition(.available, .deadline(at: 69), .nothing),
        Transition(.available, .deadline(at: 70), .becomes(
            over(.durationExpired, from: 10, to: 70, readable: nil), duration: 60, [told(.unavailable, .durationExpired, at: 70), .release])),
        // After a long restart, the session's end is its deadline, not the present time.
        Transition(.available, .deadline(at: 5_000), .becomes(
            over(.durationExpired, from: 10, to: 70, readable: nil), duration: 60, [told(.unavailable, .durationExpired, at: 70), .release])),
        Transition(.available, .released, .nothing),
        Transition(.available, .extended(by: 30, at: 40), .becomes(
            .available(startedAt: at(10), expiresAt: at(100)), duration: 90, [])),
        Transition(.available, .extended(by: 30, limit: 75, at: 40), .becomes(
            .available(startedAt: at(10), expiresAt: at(85)), duration: 75, [])),
        Transition(.available, .extended(by: 30, at: 69), .becomes(
            .available(startedAt: at(10), expiresAt: at(100)), duration: 90, [])),
        Transition(.available, .extended(by: 30, at: 70), .refused(.available)),
    ]

    static let over: [Transition] = [
        Transition(.terminated, .ready(at: 40), .nothing),
        Transition(.terminated, .ended(at: 40), .nothing),
        Transition(.terminated, .deleted(at: 40), .becomes(
            over(.networkTerminated, from: 10, to: 30, readable: nil), duration: 20, [.release])),
        Transition(.terminated, .deadline(at: 389), .nothing),
        Transition(.terminated, .deadline(at: 390), .becomes(
            over(.networkTerminated, from: 10, to: 30, readable: nil), duration: 20, [.release])),
        Transition(.terminated, .released, .becomes(
            over(.networkTerminated, from: 10, to: 30, readable: 390), duration: 20, inNetwork: false, [])),
        Transition(.terminated, .extended(by: 30, at: 40), .refused(.unavailable)),
        Transition(.terminatedAndReleased, .ready(at: 40), .nothing),
        Transition(.terminatedAndReleased, .ended(at: 40), .nothing),
        Transition(.terminatedAndReleased, .deleted(at: 40), .becomes(
            over(.networkTerminated, from: 10, to: 30, readable: nil), duration: 20, inNetwork: false, [.erase])),
        Transition(.terminatedAndReleased, .deadline(at: 389), .nothing),
        Transition(.terminatedAndReleased, .deadline(at: 390), .becomes(
            over(.networkTerminated, from: 10, to: 30, readable: nil), duration: 20, inNetwork: false, [.erase])),
        Transition(.terminatedAndReleased, .released, .nothing),
        Transition(.terminatedAndReleased, .extended(by: 30, at: 40), .refused(.unavailable)),
    ]

    static let gone: [Transition] = [SessionState.gone, .goneAndReleased].flatMap { state in
        [
            Transition(state, .ready(at: 40), .nothing),
            Transition(state, .ended(at: 40), .nothing),
            Transition(state, .deleted(at: 40), .nothing),
            Transition(state, .deadline(at: 40), .nothing),
            Transition(state, .deadline(at: 100_000), .nothing),
            Transition(state, .extended(by: 30, at: 40), .refused(.unavailable)),
            state == .goneAndReleased
                ? Transition(state, .released, .nothing)
                : Transition(state, .released, .becomes(
                    over(.deleteRequested, from: 10, to: 30, readable: nil), duration: 20, inNetwork: false, [.erase])),
        ]
    }

    @Test("the table holds", arguments: requested + available + over + gone)
    func table(transition: Transition) throws {
        let before = transition.state.session
        var session = before
        switch transition.outcome {
        case .nothing:
            #expect(try transition.event.happen(to: &session).isEmpty)
            #expect(session == before)
        case .refused(let status):
            let error = #expect(throws: ExtensionNotAllowed.self) { try transition.event.happen(to: &session) }
            #expect(error?.status == status)
            #expect(session == before)
        case .becomes(let progress, let duration, let inNetwork, let actions):
            #expect(try transition.event.happen(to: &session) == actions)
            #expect(session == Fixture.session(duration: duration, progress: progress, inNetwork: inNetwork))
        }
    }
}
