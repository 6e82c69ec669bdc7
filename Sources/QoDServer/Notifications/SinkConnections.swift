import NIOConcurrencyHelpers
import NIOCore
import QualityOnDemand

/// A small pool of connections that wait a short time for another request.
///
/// The key of a connection has its route and the origin of its URL. The check of an address is therefore valid for
/// every request on the connection.
final class SinkConnections: Sendable {
    struct Key: Hashable, Sendable {
        let route: SinkRoute
        let url: SinkURL.Origin
    }

    private struct State {
        var idle: [Key: [(channel: any Channel, since: NIODeadline)]] = [:]
        var count = 0
        var sweeps = false
    }

    private static let largestPerKey = 8
    private static let patience = TimeAmount.seconds(20)
    private let state = NIOLockedValueBox(State())
    private let account: ResourceAccount

    /// - Parameter account: counts all connections to sinks; half of its limit may wait for another request.
    init(_ account: ResourceAccount) {
        self.account = account
    }

    /// Reserves room for one more connection before it opens. If there is no room, the pool closes a waiting
    /// connection.
    ///
    /// - Returns: whether the connection may open.
    func reserve() -> Bool {
        if account.take() { return true }
        let idle = state.withLockedValue { state -> (any Channel)? in
            guard let key = state.idle.keys.first, let (channel, _) = state.idle[key]?.popLast() else { return nil }
            if state.idle[key]?.isEmpty == true { state.idle[key] = nil }
            state.count -= 1
            return channel
        }
        // The descriptor is free a moment later; the reserve of descriptors covers this moment.
        guard let idle else { return false }
        account.add()
        idle.close(promise: nil)
        return true
    }

    /// Releases the room after a connection has closed or failed to open.
    func release() { account.giveBack() }

    /// A waiting connection that appears to be open.
    func take(_ key: Key) -> (any Channel)? {
        state.withLockedValue { state in
            while let (channel, _) = state.idle[key]?.popLast() {
                state.count -= 1
                if channel.isActive { return channel }
            }
            state.idle[key] = nil
            return nil
        }
    }

    func put(_ channel: any Channel, _ key: Key) {
        let (isKept, startsSweep) = state.withLockedValue { state in
            guard channel.isActive, state.count < max(account.limit / 2, 1), state.idle[key, default: []].count < Self.largestPerKey else { return (false, false) }
            state.idle[key, default: []].append((channel, .now()))
            state.count += 1
            defer { state.sweeps = true }
            return (true, !state.sweeps)
        }
        if !isKept { channel.close(promise: nil) }
        if startsSweep { scheduleSweep(on: channel.eventLoop) }
    }

    private func scheduleSweep(on loop: any EventLoop) {
        loop.scheduleTask(in: Self.patience) { [weak self] in
            if let self, self.sweep() { self.scheduleSweep(on: loop) }
        }
    }

    /// Closes the connections that have waited too long.
    ///
    /// - Returns: whether some connections still wait.
    private func sweep() -> Bool {
        let (stale, someWait) = state.withLockedValue { state in
            var stale: [any Channel] = []
            for (key, waiting) in state.idle {
                let kept = waiting.filter { $0.channel.isActive && NIODeadline.now() - $0.since < Self.patience }
                stale += waiting.filter { one in !kept.contains { $0.channel === one.channel } }.map(\.channel)
                state.count -= waiting.count - kept.count
                state.idle[key] = kept.isEmpty ? nil : kept
            }
            state.sweeps = !state.idle.isEmpty
            return (stale, state.sweeps)
        }
        for channel in stale { channel.close(promise: nil) }
        return someWait
    }
}

extension SinkURL {
    /// The purpose of a connection.
    struct Origin: Hashable, Sendable {
        let isTLS: Bool
        let host: String
        let port: Int
    }

    var origin: Origin { Origin(isTLS: isTLS, host: host, port: port) }
}
