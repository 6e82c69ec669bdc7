import DequeModule
import QualityOnDemand

/// Ids in lines, one line for each client. The clients take turns.
struct Lines {
    private var lines: [ClientID?: Deque<SessionID>] = [:]
    /// The clients with a line, the next one in front.
    private var turns = Deque<ClientID?>()
    private(set) var count = 0

    mutating func removeAll() {
        self = Lines()
    }

    mutating func append(_ id: SessionID, of owner: ClientID?) {
        if lines[owner] == nil { turns.append(owner) }
        lines[owner, default: []].append(id)
        count += 1
    }

    /// The ids of one client's turn. The limit is shared equally among the clients; each turn has at least one id.
    mutating func turn(upTo limit: Int) -> [WorkQueue.Work] {
        guard limit > 0, let owner = turns.popFirst(), var line = lines.removeValue(forKey: owner) else { return [] }
        let share = max(limit / (turns.count + 1), 1)
        let taken = line.prefix(share).map { WorkQueue.Work(id: $0, owner: owner) }
        line.removeFirst(taken.count)
        count -= taken.count
        if !line.isEmpty {
            lines[owner] = line
            turns.append(owner)
        }
        return taken
    }

    /// Removes the last id of the longest line, if the client's own line is shorter than the average.
    ///
    /// - Returns: the id; `nil` if the client has its share already.
    mutating func makeRoom(for owner: ClientID?) -> SessionID? {
        let own = lines[owner]?.count ?? 0
        // Only a client with a short line makes another lose an id, so this search is rare.
        guard own < count / max(turns.count, 1), let longest = lines.max(by: { $0.value.count < $1.value.count })?.key else { return nil }
        guard let id = lines[longest]?.popLast() else { return nil }
        count -= 1
        if lines[longest]?.isEmpty == true {
            lines[longest] = nil
            turns.removeAll { $0 == longest }
        }
        return id
    }
}
