import CAMARA
import NIOConcurrencyHelpers
import QualityOnDemand

/// The answers of a server, which the server must honour across all crashes.
final class Ledger: Sendable {
    /// A session with an answered creation.
    struct Entry: Sendable {
        let id: String
        let order: Order
        /// `nil` while the session is requested.
        var startedAt: Timestamp?
        var expiresAt: Timestamp?
        /// The last time at which the session was still requested, so its duration had not begun. A network that
        /// answers after two seconds counts anew after every start of the server.
        var lastSeenRequested: Timestamp?
        /// The end that an extension sets, if the extension is under way or has no answer.
        var perhapsExpiresAt: Timestamp?
        var deletion = Deletion.none
        /// Whether the test has seen the session's end.
        var isSettled = false
        /// Increases with every change.
        var version = 0

        enum Deletion: Sendable { case none, asked, answered }

        /// The latest time at which the session may still exist.
        var latestEnd: Timestamp {
            [expiresAt, perhapsExpiresAt].compactMap { $0 }.max()
                ?? max(order.latestEnd, lastSeenRequested?.adding(seconds: order.duration + Order.longestBegin) ?? order.sentAt)
        }
        /// The time until which the session must exist, unless a client deletes it.
        var surelyLivesUntil: Timestamp { expiresAt ?? order.earliestEnd }
    }

    /// The contents and time of a creation.
    struct Order: Sendable {
        let device: Int
        /// Unique among all orders.
        let service: String
        let duration: Int
        let idempotencyKey: String?
        let sentAt: Timestamp

        var earliestEnd: Timestamp { sentAt.adding(seconds: duration) }
        /// The server may program a session long after storing it.
        var latestEnd: Timestamp { sentAt.adding(seconds: duration + Self.longestBegin) }

        /// The largest number of seconds until a session is programmed, if the server stays up.
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
    /// Creations without an answer, which may have happened.
    var unanswered: [Order] { state.withLockedValue { $0.unanswered } }
    /// The broken promises.
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

    /// Removes and returns the orders that can be repeated, because they have idempotency keys.
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
