import DequeModule

/// The classes of a gateway, by their names: hands them out, each to one session at a time, and keeps those that
/// sessions have left.
///
/// The kernel takes the longer to make or delete a class, the more there are, but changes one in no time. So while there
/// are few a class is deleted with its session, and goes back into the pool as a name; from ``cheap`` on it stays in the kernel
/// as a spare, for a session to come.
struct ClassPool: Sendable {
    /// A class that a session can have, and what it had counted before.
    struct Place: Hashable, Sendable {
        let id: ClassID
        var earlier = EarlierTraffic()
    }

    /// Up to so many, the others make one no more than a twentieth of a millisecond dearer to make or delete.
    static let cheap = 256
    /// So many more spares than are needed are kept: sessions that go often come back.
    static let slack = 1_000
    /// At least and at most so many spares are made ahead.
    static let reserves = 64...1_024

    private var taken: Set<UInt16>
    private var next: UInt16
    /// Spares that are known to have no packets any more, the longest unused first.
    private var ready: Deque<Place> = []
    /// Spares that may still have packets of the session before, the longest unused first.
    private var resting: Deque<ClassID>

    /// - Parameters:
    ///   - taken: those that sessions have.
    ///   - spares: those in the kernel that no session has.
    init(taken: some Sequence<ClassID> = [], spares: [ClassID] = []) {
        self.taken = Set(taken.map(\.minor)).union(spares.map(\.minor))
        resting = Deque(spares)
        next = self.taken.max().flatMap { $0 < ClassID.forSessions.upperBound ? $0 + 1 : nil } ?? ClassID.forSessions.lowerBound
    }

    /// How many classes there are, spares included.
    var count: Int { taken.count }
    /// How many of them no session has.
    var spares: Int { ready.count + resting.count }
    /// How many spares can be handed out as they are.
    var readySpares: Int { ready.count }
    /// Whether a class that is left stays in the kernel.
    var keepsClasses: Bool { taken.count > Self.cheap }

    /// A class for a session: a spare that is ready, or a name for a new one. Names go round, so that a packet still
    /// under way with one just given back does not land in somebody else's class.
    ///
    /// - Returns: `nil` where all are taken.
    mutating func take() -> Place? { ready.popFirst() ?? takeName().map { Place(id: $0) } }

    /// A session leaves its class.
    ///
    /// - Parameter isKept: whether it stays in the kernel.
    mutating func giveBack(_ id: ClassID, isKept: Bool) {
        if isKept { resting.append(id) } else { taken.remove(id.minor) }
    }

    private mutating func takeName() -> ClassID? {
        guard taken.count < ClassID.forSessions.count else { return nil }
        while !taken.insert(next).inserted { advance() }
        defer { advance() }
        return ClassID(minor: next)
    }

    private mutating func advance() {
        next = next == ClassID.forSessions.upperBound ? ClassID.forSessions.lowerBound : next + 1
    }
}

/// Spares.
extension ClassPool {
    /// What would be good for the pool while nobody asks for anything.
    enum Need: Hashable, Sendable {
        case nothing, spare, fewerSpares
    }

    /// A reserve is kept only where making a class takes long: an eighth of what sessions have. Far more than that is taken away,
    /// and all where few sessions are left.
    var need: Need {
        let used = count - spares
        guard used >= Self.cheap else { return spares > 0 ? .fewerSpares : .nothing }
        let reserve = min(max(used / 8, Self.reserves.lowerBound), Self.reserves.upperBound)
        if spares < reserve { return count < ClassID.forSessions.count ? .spare : .nothing }
        return spares > 2 * reserve + Self.slack ? .fewerSpares : .nothing
    }

    /// The spares that have rested longest, to be looked at; each must come back by ``put(_:earlier:)``.
    mutating func takeResting(atMost limit: Int) -> [ClassID] {
        let found = Array(resting.prefix(limit))
        resting.removeFirst(found.count)
        return found
    }

    /// Tells what a spare was found like.
    ///
    /// - Parameter earlier: what it has counted; `nil` where it has packets yet.
    mutating func put(_ id: ClassID, earlier: EarlierTraffic?) {
        if let earlier { ready.append(Place(id: id, earlier: earlier)) } else { resting.append(id) }
    }

    /// A name for a spare to be made; it must come back by ``put(_:earlier:)``.
    mutating func nameSpare() -> ClassID? { takeName() }

    /// Gives up a spare, to be deleted.
    mutating func dropSpare() -> ClassID? {
        guard let id = resting.popFirst() ?? ready.popLast()?.id else { return nil }
        taken.remove(id.minor)
        return id
    }
}

/// What a class had sent before it was a session's.
struct EarlierTraffic: Hashable, Sendable {
    var downlink = TrafficCount()
    var uplink = TrafficCount()

    subscript(_ direction: Direction) -> TrafficCount { direction == .downlink ? downlink : uplink }
}
