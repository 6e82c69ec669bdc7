import QualityOnDemand

/// When to poll a session next: less and less often while nothing changes, and just after the
/// session should have ended.
struct PollingSchedule: Sendable {
    private var next: Duration

    /// The first wait after a change.
    static let shortest = Duration.milliseconds(250)
    private static let longestWhileRequested = Duration.seconds(5)
    private static let longestWhileAvailable = Duration.seconds(30)
    /// The time between the end and the poll after it, so that one poll suffices.
    private static let grace = Duration.milliseconds(250)

    init() {
        next = Self.shortest
    }

    /// The wait before the next poll.
    mutating func wait(status: QoDSession.Status, expiresAt: Timestamp?, now: Timestamp) -> Duration {
        // An unknown status may change soon, as `requested` does.
        let longest = status != .available ? Self.longestWhileRequested : Self.longestWhileAvailable
        let wait = min(next, longest)
        next = min(next * 2, longest)
        guard let expiresAt, expiresAt > now else { return wait }
        return min(wait, expiresAt.since(now) + Self.grace)
    }

    /// Starts again with the shortest wait, because something changed.
    mutating func reset() {
        next = Self.shortest
    }
}
