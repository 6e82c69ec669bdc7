import QualityOnDemand

/// The facts that the kernel keeps of a session beside its traffic, as a comment. They are enough to take the session
/// over after a restart.
extension Service {
    /// The session's id, then guarantee, ceiling and priority down and up, such as `… 500000/500000/0 0/50000000/3`.
    /// If newer sessions have some of its traffic, the word `partial` follows. Then the order follows, such as
    /// `order 1/2k/3w5e11264sgsf`: generation, rank and fingerprint to the base of 36. If its class was another session's
    /// before, the class's earlier traffic down and up follows, such as `since 1kz/4/0 0/0/0`: bytes, packets and
    /// losses to the base of 36.
    var comment: String {
        let start = earlier == EarlierTraffic() ? "" : " since \(earlier.downlink.text) \(earlier.uplink.text)"
        return "\(session) \(downlink.text) \(uplink.text)\(isPartial ? " partial" : "")\(mark.mixed(with: matches).text)\(start)"
    }

    /// The content of a comment.
    struct Head {
        let session: SessionID
        let downlink: Leaf
        let uplink: Leaf
        let isPartial: Bool
        let earlier: EarlierTraffic
        let mark: OrderMark
    }

    /// - Returns: `nil` if the comment is not one of ours.
    static func read(comment: String) -> Head? {
        var words = comment.split(separator: " ")[...]
        guard words.count >= 3, let session = SessionID(words[0]), let downlink = Leaf(words[1]), let uplink = Leaf(words[2]) else { return nil }
        words = words.dropFirst(3)
        let isPartial = words.first == "partial"
        if isPartial { words = words.dropFirst() }
        var mark = OrderMark()
        if words.first == "order", words.count >= 2 {
            guard let read = OrderMark(words[words.startIndex + 1]) else { return nil }
            mark = read
            words = words.dropFirst(2)
        }
        var earlier = EarlierTraffic()
        if words.first == "since", words.count == 3 {
            guard let down = TrafficCount(words[words.startIndex + 1]), let up = TrafficCount(words[words.startIndex + 2]) else { return nil }
            earlier = EarlierTraffic(downlink: down, uplink: up)
            words = []
        }
        guard words.isEmpty else { return nil }
        return Head(session: session, downlink: downlink, uplink: uplink, isPartial: isPartial, earlier: earlier, mark: mark)
    }
}

extension OrderMark {
    /// The mark whose fingerprint is mixed with the session's traffic. The comment holds it in this form, so that a
    /// session whose elements another program has changed does not have the fingerprint of its order any more. Mixed
    /// with the same traffic again, it is the mark itself.
    func mixed(with matches: Set<TrafficMatch>) -> OrderMark {
        guard fingerprint != 0 else { return self }
        var mark = self
        mark.fingerprint ^= matches.reduce(0) { $0 &+ $1.fingerprint }
        return mark
    }

    fileprivate var text: String {
        guard self != OrderMark() else { return "" }
        return " order " + [UInt64(bitPattern: generation), UInt64(bitPattern: rank), fingerprint].map { String($0, radix: 36) }.joined(separator: "/")
    }

    fileprivate init?(_ text: Substring) {
        let numbers = text.split(separator: "/").compactMap { UInt64($0, radix: 36) }
        guard numbers.count == 3 else { return nil }
        self.init(generation: Int64(bitPattern: numbers[0]), rank: Int64(bitPattern: numbers[1]), fingerprint: numbers[2])
    }
}

extension TrafficCount {
    fileprivate var text: String { [bytes, packets, dropped].map { String($0, radix: 36) }.joined(separator: "/") }

    fileprivate init?(_ text: Substring) {
        let numbers = text.split(separator: "/").compactMap { UInt64($0, radix: 36) }
        guard numbers.count == 3 else { return nil }
        self.init(bytes: numbers[0], packets: numbers[1], dropped: numbers[2])
    }
}

extension Leaf {
    fileprivate var text: String { "\(guaranteed)/\(ceiling)/\(priority)" + (delay == Self.delays.upperBound ? "" : "/\(delay)") }

    fileprivate init?(_ text: Substring) {
        let numbers = text.split(separator: "/").compactMap { Int($0) }
        guard (3...4).contains(numbers.count), numbers.count == 3 || Self.delays.contains(numbers[3]) else { return nil }
        self.init(guaranteed: numbers[0], ceiling: numbers[1], priority: numbers[2])
        if numbers.count == 4 { delay = numbers[3] }
    }
}
