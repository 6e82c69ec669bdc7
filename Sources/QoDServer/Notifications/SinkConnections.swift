import NIOConcurrencyHelpers
import NIOCore

/// Connections that wait for another request; few, and not for long.
///
/// A connection is found by the address that it leads to, and by the name that it was opened for, so that what was checked
/// of an address holds for what is sent.
final class SinkConnections: Sendable {
    struct Key: Hashable, Sendable {
        let address: SinkAddress
        let url: SinkURL.Origin
    }

    private struct State {
        var idle: [Key: [(channel: any Channel, since: NIODeadline)]] = [:]
        var count = 0
        var sweeps = false
    }

    private static let largestPerKey = 8
    private static let largest = 256
    private static let patience = TimeAmount.seconds(20)
    private let state = NIOLockedValueBox(State())

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
            guard channel.isActive, state.count < Self.largest, state.idle[key, default: []].count < Self.largestPerKey else { return (false, false) }
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
