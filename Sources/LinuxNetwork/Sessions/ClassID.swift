/// The minor number of a class; the major number is ``ClassID/major`` for all of ours.
struct ClassID: Hashable, Comparable, Sendable {
    let minor: UInt16

    /// "NA": marks the root as ours.
    static let major: UInt16 = 0x4e41
    /// The interface's whole capacity.
    static let root = ClassID(minor: 1)
    /// Best effort.
    static let bestEffort = ClassID(minor: 2)
    /// Those that sessions can have.
    static let forSessions: ClosedRange<UInt16> = 0x10...0xfffe

    static func < (a: ClassID, b: ClassID) -> Bool { a.minor < b.minor }
}

extension ClassID: CustomStringConvertible {
    /// As tc and nft write it, such as `4e41:1f`.
    var description: String { String(Self.major, radix: 16) + ":" + String(minor, radix: 16) }

    /// Reads a class of ours.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, UInt16(parts[0], radix: 16) == Self.major, let minor = UInt16(parts[1], radix: 16) else { return nil }
        self.init(minor: minor)
    }
}

/// Hands out class ids, each to one session at a time.
///
/// It goes round: an id just given back is the last to be handed out again, so that a packet still under way with
/// it does not land in somebody else's class.
struct ClassIDPool: Sendable {
    private var taken: Set<UInt16>
    private var next: UInt16

    /// - Parameter taken: those in use already.
    init(taken: some Sequence<ClassID> = []) {
        self.taken = Set(taken.map(\.minor))
        next = self.taken.max().flatMap { $0 < ClassID.forSessions.upperBound ? $0 + 1 : nil } ?? ClassID.forSessions.lowerBound
    }

    /// - Returns: `nil` where all are taken.
    mutating func take() -> ClassID? {
        guard taken.count < ClassID.forSessions.count else { return nil }
        while !taken.insert(next).inserted { advance() }
        defer { advance() }
        return ClassID(minor: next)
    }

    mutating func giveBack(_ id: ClassID) {
        taken.remove(id.minor)
    }

    private mutating func advance() {
        next = next == ClassID.forSessions.upperBound ? ClassID.forSessions.lowerBound : next + 1
    }
}
