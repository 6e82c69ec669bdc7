import NIOConcurrencyHelpers
import NIOCore

/// Connections that wait for another request; few, and not for long.
///
/// A connection is found by the way that it takes, and by the name that it was opened for, so that what was checked of an
/// address holds for what is sent.
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

    /// - Parameter account: all connections to sinks; half of its limit may wait for another request.
    init(_ account: ResourceAccount) {
        self.account = account
    }

    /// Makes room for one more connection before it is opened; one that waits is closed where there is none.
    ///
    /// - Returns: whether it may be opened.
    func reserve() -> Bool {
        if account.take() { return true }
        let idle = state.withLockedValue { state -> (any Channel)? in
            guard let key = state.idle.keys.first, let (channel, _) = state.idle[key]?.popLast() else { return nil }
            if state.idle[key]?.isEmpty == true { state.idle[key] = nil }
            state.count -= 1
            return channel
        }
        // Its descriptor is free a moment later; the reserve of descriptors covers that.
        guard let idle else { return false }
        account.add()
        idle.close(promise: nil)
        return true
    }

    /// Gives the room back once a connection is closed, or could not be opened.
    func release() { account.giveBack() }

    /// A connection that is open as far as is known.
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

    /// Closes what has waited for long.
    ///
    /// - Returns: whether some still wait.
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
    /// What a connection is opened for.
    struct Origin: Hashable, Sendable {
        let isTLS: Bool
        let host: String
        let port: Int
    }

    var origin: Origin { Origin(isTLS: isTLS, host: host, port: port) }
}
