import QualityOnDemand

/// What the kernel keeps of a session beside its traffic, as a comment: enough to take it over after a restart.
extension Service {
    /// The session's id, then guarantee, ceiling and priority down and up, such as `… 500000/500000/0 0/50000000/3`;
    /// where newer sessions have some of its traffic the word `partial`.
    var comment: String { "\(session) \(downlink.text) \(uplink.text)\(isPartial ? " partial" : "")" }

    /// What a comment says.
    typealias Head = (session: SessionID, downlink: Leaf, uplink: Leaf, isPartial: Bool)

    /// - Returns: `nil` where it is not one of ours.
    static func read(comment: String) -> Head? {
        let words = comment.split(separator: " ")
        guard words.count == 3 || words.count == 4 && words[3] == "partial", let session = SessionID(words[0]),
            let downlink = Leaf(words[1]), let uplink = Leaf(words[2])
        else { return nil }
        return (session, downlink, uplink, words.count == 4)
    }
}

extension Leaf {
    fileprivate var text: String { "\(guaranteed)/\(ceiling)/\(priority)" }

    fileprivate init?(_ text: Substring) {
        let numbers = text.split(separator: "/").compactMap { Int($0) }
        guard numbers.count == 3 else { return nil }
        self.init(guaranteed: numbers[0], ceiling: numbers[1], priority: numbers[2])
    }
}
