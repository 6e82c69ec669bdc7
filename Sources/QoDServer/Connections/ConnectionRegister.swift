import Atomics
import DequeModule
import HummingbirdCore
import Logging
import NIOConcurrencyHelpers
import NIOCore

/// The source of a connection: one IPv4 address, or one /64 network of IPv6, because one machine can own such a
/// network.
struct SourceAddress: Hashable, Sendable {
    private let high: UInt64
    private let isIPv6: Bool

    /// - Parameter address: all addresses that are `nil` or not IP addresses count as one source.
    init(_ address: SocketAddress?) {
        switch address {
        case .v4(let address):
            // sockaddr_in: family and port, two bytes each, then the address.
            let bytes = withUnsafeBytes(of: address.address) { Array($0[4..<8]) }
            (high, isIPv6) = (Self.number(bytes), false)
        case .v6(let address):
            // sockaddr_in6: family, port and four bytes of flow information, then the address.
            let bytes = withUnsafeBytes(of: address.address) { Array($0[8..<24]) }
            // A listener for both families sees IPv4 addresses as ::ffff:a.b.c.d.
            let isMapped = bytes[..<12] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
            (high, isIPv6) = (Self.number(isMapped ? bytes[12...] : bytes[..<8]), !isMapped)
        default:
            (high, isIPv6) = (0, false)
        }
    }

    private static func number(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// One open connection of a client.
final class ConnectionEntry: Sendable {
    fileprivate enum State: Int, AtomicValue {
        /// No complete head of a request has arrived yet.
        case silent
        case speaking
        case closed
    }

    let channel: any Channel
    let source: SourceAddress
    fileprivate let state = ManagedAtomic(State.silent)

    init(_ channel: any Channel) {
        self.channel = channel
        source = SourceAddress(channel.remoteAddress)
    }

    /// Notes that a complete head of a request has arrived.
    func spoke() {
        _ = state.compareExchange(expected: .silent, desired: .speaking, ordering: .relaxed)
    }

    fileprivate var isSilent: Bool { state.load(ordering: .relaxed) == .silent }
}

/// The connections of clients, with one bound for all and one for each source address.
///
/// Over a bound, the register closes the oldest connection without a complete request in favour of the new one. Silent
/// connections therefore keep no client out. If all connections carry requests, the register closes the new one at
/// once.
final class ConnectionRegister: Sendable {
    private struct Source {
        var count = 0
        var silent = Deque<ConnectionEntry>()
    }

    private struct State {
        var sources: [SourceAddress: Source] = [:]
        var silent = Deque<ConnectionEntry>()
        var nextComplaint = NIODeadline.uptimeNanoseconds(0)
        var unreported = 0
    }

    private enum Decision {
        case accept(closing: ConnectionEntry?)
        case refuse
    }

    private let account: ResourceAccount
    private let perAddress: Int
    private let logger: Logger
    private let state = NIOLockedValueBox(State())

    init(_ ledger: ResourceLedger, logger: Logger) {
        account = ledger.connections
        perAddress = ledger.limits.connectionsPerAddress
        self.logger = logger
    }

    /// Admits an accepted connection.
    ///
    /// - Returns: `nil` if too many connections exist and the register closed this one.
    func admit(_ channel: any Channel) -> ConnectionEntry? {
        let entry = ConnectionEntry(channel)
        // A connection that is being closed to make room still counts. The gate's margin bounds the number of such
        // connections.
        let isFull = account.used >= account.limit
        let decision = state.withLockedValue { Self.decide(&$0, entry, isFull: isFull, perAddress: perAddress) }
        switch decision {
        case .refuse:
            complain("the bound is reached and all connections carry requests; the new one was closed")
            channel.close(promise: nil)
            return nil
        case .accept(let victim):
            account.add()
            channel.closeFuture.whenComplete { [self] _ in release(entry) }
            if let victim {
                complain("the bound is reached; the oldest connection without a request was closed")
                victim.channel.close(promise: nil)
            }
            return entry
        }
    }

    private static func decide(_ state: inout State, _ entry: ConnectionEntry, isFull: Bool, perAddress: Int) -> Decision {
        var source = state.sources[entry.source] ?? Source()
        defer { state.sources[entry.source] = source.count > 0 ? source : nil }
        var victim: ConnectionEntry?
        if source.count >= perAddress {
            victim = popSilent(&source.silent)
            guard victim != nil else { return .refuse }
        } else if isFull {
            victim = popSilent(&state.silent)
            guard victim != nil else { return .refuse }
        }
        // The victim has left one of the two queues. The other queue skips it, because its state is closed.
        victim?.state.store(.closed, ordering: .relaxed)
        source.count += 1
        source.silent.append(entry)
        state.silent.append(entry)
        compact(&source.silent, atMost: 2 * source.count)
        return .accept(closing: victim)
    }

    private static func popSilent(_ queue: inout Deque<ConnectionEntry>) -> ConnectionEntry? {
        while let entry = queue.popFirst() {
            if entry.isSilent { return entry }
        }
        return nil
    }

    /// Removes entries that no longer matter before their number grows.
    private static func compact(_ queue: inout Deque<ConnectionEntry>, atMost size: Int) {
        if queue.count > max(size, 64) { queue.removeAll { !$0.isSilent } }
    }

    private func release(_ entry: ConnectionEntry) {
        account.giveBack()
        let used = account.used
        state.withLockedValue { state in
            entry.state.store(.closed, ordering: .relaxed)
            if state.sources[entry.source]?.count == 1 {
                state.sources[entry.source] = nil
            } else {
                state.sources[entry.source]?.count -= 1
            }
            Self.compact(&state.silent, atMost: 2 * used)
        }
    }

    /// Counts a refusal, and logs at most one line in ten seconds.
    private func complain(_ message: String) {
        account.refuse()
        let count = state.withLockedValue { state -> Int? in
            state.unreported += 1
            guard NIODeadline.now() >= state.nextComplaint else { return nil }
            state.nextComplaint = .now() + .seconds(10)
            defer { state.unreported = 0 }
            return state.unreported
        }
        guard let count else { return }
        logger.warning(
            "Connections: \(message)",
            metadata: ["open": "\(account.used)", "limit": "\(account.limit)", "perAddress": "\(perAddress)", "times": "\(count)"])
    }
}

/// Stops accepting a little above the bound, even while the event loops are busy. The process therefore never runs out
/// of descriptors.
struct AcceptGate: AvailableConnectionsDelegate {
    private let open = ManagedAtomic(0)
    private let limit: Int

    init(_ limits: ResourceLimits) {
        limit = limits.connections + ResourceLimits.margin(limits.connections)
    }

    func connectionOpened() { open.wrappingIncrement(ordering: .relaxed) }
    func connectionClosed() { open.wrappingDecrement(ordering: .relaxed) }
    func isAcceptingNewConnections() -> Bool { open.load(ordering: .relaxed) < limit }
}
