import NIOConcurrencyHelpers
import QualityOnDemand
import SessionEngine
import Testing

/// The checks of the invariants in the design.
extension TwoEngines {
    /// How long the longest-working server has worked without a pause.
    private var health: Duration {
        let now = clock.uptime
        return state.withLockedValue { state in
            state.servers.compactMap { server in server.flatMap { $0.isWorking ? now - $0.workingSince : nil } }.max() ?? .zero
        }
    }

    /// Invariants 2, 3, 5 and 9, while servers come and go.
    func checkMeanwhile() async throws {
        let sessions = try await base.sessions(after: nil, limit: 1000)
        let (health, now) = (health, clock.now)
        for session in sessions {
            guard case .available(_, let expiresAt) = session.progress else { continue }
            #expect(
                now.since(expiresAt) <= .seconds(1) || health <= .seconds(1),
                "invariant 5, seed \(seed): \(session.id) lives \(now.since(expiresAt)) after its end")
        }
        checkOverlaps(sessions)
        checkUnwanted(sessions, health: health)
        #expect(watch.faults == [], "invariant 9, seed \(seed)")
        let faults = state.withLockedValue { $0.faults }
        #expect(faults == [], "seed \(seed)")
    }

    private func checkOverlaps(_ sessions: [Session]) {
        for (_, group) in Dictionary(grouping: sessions.filter(\.blocksItsFlow), by: \.subject.key) {
            for (index, one) in group.enumerated() {
                for other in group[(index + 1)...] {
                    #expect(!one.flow.overlaps(other.flow), "invariant 3, seed \(seed): \(one.id) and \(other.id)")
                }
            }
        }
    }

    /// A comparison comes every 5 s, after 3 s for a lease that ends; a made-up fault of the network can cost another
    /// comparison or two.
    private func checkUnwanted(_ sessions: [Session], health: Duration) {
        let wanted = Set(sessions.lazy.filter(\.wantsNetwork).map(\.id))
        let unwanted = network.services.keys.filter { !wanted.contains($0) }
        let now = clock.uptime
        let since = state.withLockedValue { state in
            state.unwantedSince = Dictionary(uniqueKeysWithValues: unwanted.map { ($0, state.unwantedSince[$0] ?? now) })
            return state.unwantedSince
        }
        for (id, begin) in since {
            #expect(min(now - begin, health) <= .seconds(20), "invariant 2, seed \(seed): the network holds \(id), which nobody wants")
        }
    }

    /// Whether all sessions have ended and are gone, and all events have arrived.
    func isQuiet() async throws -> Bool {
        guard network.services.isEmpty, try await base.sessions(after: nil, limit: 1).isEmpty else { return false }
        return try await base.dueHosts(at: .never, limit: 1).hosts.isEmpty
    }

    /// Invariants 1, 2, 4, 7 and 8, after all sessions have ended.
    func checkEnd() async throws {
        let left = try await base.sessions(after: nil, limit: 10)
        #expect(left.isEmpty, "seed \(seed): \(left.map { "\($0.id) \($0.status) \(String(describing: $0.placement))" })")
        #expect(network.services.isEmpty, "invariant 2, seed \(seed)")
        let answered = state.withLockedValue { $0.answered }
        for (id, answer) in answered {
            let events = try await base.events(of: id)
            let statuses = events.map(\.change.status)
            // Invariant 1: an answered session was stored, and lived until its end.
            #expect(
                statuses == [.available, .unavailable] || statuses == [.unavailable] && answer.status != .available,
                "invariants 1 and 4, seed \(seed): \(id) was answered \(answer.status) and has \(statuses)")
            #expect(Set(events.map(\.id)).count == events.count)
            guard answer.hasSink else { continue }
            var arrived: [EventID] = []
            for event in sink.arrived(of: id) where !arrived.contains(event.id) { arrived.append(event.id) }
            #expect(arrived == events.map(\.id), "invariant 4, seed \(seed): the events of \(id) arrived otherwise")
            let undelivered = events.filter { $0.delivery.state != .delivered }
            #expect(undelivered == [], "invariant 4, seed \(seed)")
        }
        #expect(!log.contains(Self.secret), "invariant 7, seed \(seed)")
        // A server makes calls for its 4 workers, 4 groups of creations, 4 releases and the comparison. A call that hangs at
        // a paused server is given up, and stays under way.
        let limit = 2 * (4 + 4 + 4 + 2) + state.withLockedValue { $0.summary.pauses + $0.summary.kills }
        #expect(network.mostCalls <= limit, "invariant 8, seed \(seed)")
        let inHand = state.withLockedValue { $0.servers.reduce(0) { $0 + ($1?.courier.eventsInHand ?? 0) } }
        #expect(inHand == 0, "invariant 8, seed \(seed)")
    }
}
