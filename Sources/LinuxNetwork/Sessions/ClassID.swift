/// The minor number of a class; the major number is ``ClassID/major`` for all of ours.
struct ClassID: Hashable, Comparable, Sendable {
    let minor: UInt16

    /// The letters "NA", which mark the root as ours.
    static let major: UInt16 = 0x4e41
    /// The interface's whole capacity.
    static let root = ClassID(minor: 1)
    /// Best effort.
    static let bestEffort = ClassID(minor: 2)
    /// Network control: the packets that all other packets need to find their way.
    static let control = ClassID(minor: 3)
    /// The class ids for sessions.
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
