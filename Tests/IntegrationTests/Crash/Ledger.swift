import CAMARA
import NIOConcurrencyHelpers
import QualityOnDemand

/// What a server has answered, and so has to keep, over all of its lives.
final class Ledger: Sendable {
    /// A session whose creation was answered.
    struct Entry: Sendable {
        let id: String
        let order: Order
        /// Not known while the session is requested.
        var startedAt: Timestamp?
        var expiresAt: Timestamp?
        /// When it was last seen to be requested still: its time has not begun then. A network that answers after two seconds
        /// begins to count anew with every start of the server.
        var lastSeenRequested: Timestamp?
        /// Where an extension is under way or its answer was lost: what the end may be as well.
        var perhapsExpiresAt: Timestamp?
        var deletion = Deletion.none
        /// Whether it was seen that it is over.
        var isSettled = false
        /// Grows with every change.
        var version = 0

        enum Deletion: Sendable { case none, asked, answered }

        /// The latest time at which it may still be there.
        var latestEnd: Timestamp {
            [expiresAt, perhapsExpiresAt].compactMap { $0 }.max()
                ?? max(order.latestEnd, lastSeenRequested?.adding(seconds: order.duration + Order.longestBegin) ?? order.sentAt)
        }
        /// The time until which it must be there, unless it is deleted.
        var surelyLivesUntil: Timestamp { expiresAt ?? order.earliestEnd }
    }

    /// A creation as it was sent.
    struct Order: Sendable {
        let device: Int
        /// Unlike that of any other order.
        let service: String
        let duration: Int
        let idempotencyKey: String?
        let sentAt: Timestamp

        var earliestEnd: Timestamp { sentAt.adding(seconds: duration) }
        /// The network may be told of it long after it was stored.
        var latestEnd: Timestamp { sentAt.adding(seconds: duration + Self.longestBegin) }

        /// How many seconds pass at most until the network serves a session, where the server stays up.
        static let longestBegin = 10

        var body: String {
            """
            {"device":{"phoneNumber":"+9999999\(device)"},"applicationServer":{"ipv4Address":"\(service)"},\
            "qosProfile":"QOS_M","duration":\(duration)}
            """
        }
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var unanswered: [Order] = []
        var violations: [String] = []
        var counts: [String: Int] = [:]
    }

    private let state = NIOLockedValueBox(State())

    var entries: [Entry] { state.withLockedValue { Array($0.entries.values) } }
    /// Creations of which it is not known whether they happened.
    var unanswered: [Order] { state.withLockedValue { $0.unanswered } }
    /// What was promised and not kept.
    var violations: [String] { state.withLockedValue { $0.violations } }
    var counts: [String: Int] { state.withLockedValue { $0.counts } }

    subscript(id: String) -> Entry? { state.withLockedValue { $0.entries[id] } }

    func count(_ what: String) {
        state.withLockedValue { $0.counts[what, default: 0] += 1 }
    }

    func violate(_ what: String) {
        state.withLockedValue { $0.violations.append(what) }
    }

    func created(_ session: SessionInfo, by order: Order) {
        state.withLockedValue { state in
            if let known = state.entries[session.sessionID] {
                if known.order.service != order.service { state.violations.append("\(session.sessionID) was given to two orders") }
                return
            }
            state.entries[session.sessionID] = Entry(
                id: session.sessionID, order: order, startedAt: session.startedAt, expiresAt: session.expiresAt,
                lastSeenRequested: session.qosStatus == .requested ? .now : nil)
        }
    }

    func lost(_ order: Order) {
        state.withLockedValue { $0.unanswered.append(order) }
    }

    /// Takes the orders that can be asked about again, by their keys.
    func takeRepeatable() -> [Order] {
        state.withLockedValue { state in
            defer { state.unanswered.removeAll { $0.idempotencyKey != nil } }
            return state.unanswered.filter { $0.idempotencyKey != nil }
        }
    }

    func change(_ id: String, _ body: (inout Entry) -> Void) {
        state.withLockedValue { state in
            guard var entry = state.entries[id] else { return }
            body(&entry)
            entry.version += 1
            state.entries[id] = entry
        }
    }
}
