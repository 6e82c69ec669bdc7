import CAMARA
import QualityOnDemand

extension Ledger {
    /// Compares a server's answer about a session with earlier answers.
    ///
    /// - Parameters:
    ///   - entry: The entry before the question. If the entry changes during the question,
    ///     the method concludes nothing.
    ///   - asked, answered: The times of the question and of its answer.
    ///   - graceFrom: The server was down before this time. A session whose end was due before it
    ///     may end one second after it.
    func check(_ entry: Entry, against answer: RawClient.Answer, asked: Timestamp, answered: Timestamp, graceFrom: Timestamp) throws {
        guard self[entry.id]?.version == entry.version else { return }
        switch answer.status {
        case 404: missing(entry, at: answered)
        case 200: try found(entry, try answer.session(), asked: asked, graceFrom: graceFrom)
        default: violate("\(entry.id) was answered \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
        }
    }

    private func missing(_ entry: Entry, at time: Timestamp) {
        switch entry.deletion {
        case .answered: change(entry.id) { $0.isSettled = true }
        case .asked:
            // Close to its end, the session may also have expired.
            if time < entry.surelyLivesUntil { change(entry.id) { $0.deletion = .answered } }
        case .none:
            if time < entry.surelyLivesUntil {
                violate("\(entry.id) was lost: \(time), but \(entry.surelyLivesUntil) is its end; made at \(entry.order.sentAt) for \(entry.order.duration) s")
            } else if time > entry.latestEnd {
                change(entry.id) { $0.isSettled = true }
            }
        }
    }

    private func found(_ entry: Entry, _ session: SessionInfo, asked: Timestamp, graceFrom: Timestamp) throws {
        if entry.deletion == .answered { return violate("\(entry.id) was deleted and is back") }
        if session.qosStatus == .requested { return foundRequested(entry, asked: asked, graceFrom: graceFrom) }
        let end = [entry.latestEnd, graceFrom].max()!
        if asked.since(end) > MachineStalls.lateness(since: end, to: asked) { violate("\(entry.id) did not end: \(asked), but \(entry.latestEnd) is its end; server there since \(graceFrom)") }
        if let startedAt = entry.startedAt {
            if session.startedAt != startedAt { violate("\(entry.id) started at \(startedAt) and now at \(session.startedAt.map { "\($0)" } ?? "no time")") }
            if ![entry.expiresAt, entry.perhapsExpiresAt].contains(session.expiresAt) {
                violate("\(entry.id) was to end at \(entry.latestEnd) and now at \(session.expiresAt.map { "\($0)" } ?? "no time")")
            }
        }
        // A deletion or extension without an answer either happened before this answer or will never happen.
        change(entry.id) { entry in
            entry.startedAt = session.startedAt
            entry.expiresAt = session.expiresAt
            entry.perhapsExpiresAt = nil
            entry.deletion = .none
        }
    }

    private func foundRequested(_ entry: Entry, asked: Timestamp, graceFrom: Timestamp) {
        if entry.startedAt != nil { return violate("\(entry.id) was available and is requested again") }
        let begun = max(entry.order.sentAt, graceFrom)
        if asked.since(begun) > .seconds(Order.longestBegin) + MachineStalls.watch.total(from: begun, to: asked) {
            violate("\(entry.id) is still requested at \(asked); asked for at \(entry.order.sentAt), server there since \(graceFrom)")
        }
        change(entry.id) { $0.lastSeenRequested = asked }
    }

    /// The impossible parts of the network's state at one moment.
    ///
    /// - Parameters:
    ///   - asked, answered: The times at which reading the state began and ended.
    func discrepancies(held: Set<String>, asked: Timestamp, answered: Timestamp) -> [String] {
        var wrong: [String] = []
        for entry in entries where entry.deletion != .asked {
            let isHeld = held.contains(entry.id)
            if isHeld, entry.deletion == .answered { wrong.append("\(entry.id) is deleted and held") }
            if isHeld, asked.since(entry.latestEnd) > MachineStalls.lateness(since: entry.latestEnd, to: asked) {
                wrong.append("\(entry.id) of device \(entry.order.device) ended at \(entry.latestEnd) and is held at \(asked)")
            }
            if !isHeld, entry.deletion == .none, answered < entry.surelyLivesUntil {
                wrong.append("\(entry.id) lives until \(entry.surelyLivesUntil) and is not held at \(asked)")
            }
        }
        let unknown = held.filter { self[$0] == nil }
        if unknown.count > unanswered.count { wrong.append("\(unknown.count) are held that nobody made, \(unanswered.count) creations were not answered") }
        return wrong
    }
}
