import QualityOnDemand

/// When to look at a session next: less and less often while nothing happens, and just after it should have ended.
struct PollingSchedule: Sendable {
    private var next: Duration

    /// The first wait after a change.
    static let shortest = Duration.milliseconds(250)
    private static let longestWhileRequested = Duration.seconds(5)
    private static let longestWhileAvailable = Duration.seconds(30)
    /// Past the end, so that one look suffices.
    private static let grace = Duration.milliseconds(250)

    init() {
        next = Self.shortest
    }

    /// The wait before the next look.
    mutating func wait(status: QoDSession.Status, expiresAt: Timestamp?, now: Timestamp) -> Duration {
        // A status that is not known may change soon, as a requested one does.
        let longest = status != .available ? Self.longestWhileRequested : Self.longestWhileAvailable
        let wait = min(next, longest)
        next = min(next * 2, longest)
        guard let expiresAt, expiresAt > now else { return wait }
        return min(wait, expiresAt.since(now) + Self.grace)
    }

    /// Begins anew, because something happened.
    mutating func reset() {
        next = Self.shortest
    }
}
