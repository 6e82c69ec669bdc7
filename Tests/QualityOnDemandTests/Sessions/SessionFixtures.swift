import QoDTestSupport
import QualityOnDemand

/// Sessions for the tests of the life cycle, on a clock that counts seconds from the creation.
enum Fixture {
    static let timing = Session.Timing(giveUpAfter: 300, readableAfterEnd: 360)

    /// The moment `seconds` after the creation of the session.
    static func at(_ seconds: Int) -> Timestamp {
        Timestamp(milliseconds: 1_795_375_800_000).adding(seconds: seconds)
    }

    static func session(duration: Int, progress: Session.Progress, inNetwork: Bool) -> Session {
        let fresh = requested(duration: duration)
        return .stored(
            id: fresh.id, owner: fresh.owner, subject: fresh.subject, flow: fresh.flow, profile: fresh.profile,
            notification: fresh.notification, dialect: fresh.dialect, createdAt: fresh.createdAt, duration: duration,
            progress: progress, placement: inNetwork ? Placement(site: fresh.site) : nil)
    }

    /// A newly requested session.
    static func requested(duration: Int, timing: Session.Timing = timing) -> Session {
        var random = SeededGenerator(seed: 1)
        let address = random.ipv4Address()
        return Session.requested(
            id: SessionID.make(at: at(0), using: &random), by: ClientID("client"),
            for: Session.Subject(
                key: DeviceKey("device"), device: random.device(), identifiedBy: .ipv4Address,
                addresses: NetworkAddresses(ipv4: address, ipv6: nil)),
            flow: random.flow(), profile: try! QoSProfileName("QOS_E"), duration: duration,
            notification: NotificationTarget(sink: "https://sink.example/events"), at: at(0), timing: timing)
    }
}

/// Every state of a session; clients no longer see a session in the `gone` states.
enum SessionState: CaseIterable {
    case requested
    case available
    case terminated
    case terminatedAndReleased
    case gone
    case goneAndReleased

    var session: Session {
        let ended = Session.Progress.unavailable(
            .networkTerminated, startedAt: Fixture.at(10), endedAt: Fixture.at(30), readableUntil: Fixture.at(390))
        let gone = Session.Progress.unavailable(
            .deleteRequested, startedAt: Fixture.at(10), endedAt: Fixture.at(30), readableUntil: nil)
        return switch self {
        case .requested: Fixture.session(duration: 60, progress: .requested(giveUpAt: Fixture.at(300)), inNetwork: true)
        case .available:
            Fixture.session(duration: 60, progress: .available(startedAt: Fixture.at(10), expiresAt: Fixture.at(70)), inNetwork: true)
        case .terminated: Fixture.session(duration: 20, progress: ended, inNetwork: true)
        case .terminatedAndReleased: Fixture.session(duration: 20, progress: ended, inNetwork: false)
        case .gone: Fixture.session(duration: 20, progress: gone, inNetwork: true)
        case .goneAndReleased: Fixture.session(duration: 20, progress: gone, inNetwork: false)
        }
    }
}

/// Every event with its values.
enum SessionEvent: Hashable {
    case ready(at: Int)
    case ended(at: Int)
    case deleted(at: Int)
    case deadline(at: Int)
    case released
    case extended(by: Int, limit: Int = 86_400, at: Int)

    /// Applies the event to `session`.
    func happen(to session: inout Session, timing: Session.Timing = Fixture.timing) throws(ExtensionNotAllowed) -> [SessionAction] {
        switch self {
        case .ready(let now): return session.networkBecameReady(at: Fixture.at(now))
        case .ended(let now): return session.networkEnded(at: Fixture.at(now), timing: timing)
        case .deleted(let now): return session.deleted(at: Fixture.at(now))
        case .deadline(let now): return session.deadlinePassed(at: Fixture.at(now), timing: timing)
        case .released: return session.networkReleased()
        case .extended(let seconds, let limit, let now):
            try session.extended(by: seconds, limit: limit, at: Fixture.at(now))
            return []
        }
    }
}
