import DequeModule

/// The classes of a gateway, by their names. The pool hands out each class to one session at a time, and keeps the
/// classes that sessions have left.
///
/// The more classes there are, the longer the kernel takes to make or delete one; to change a class takes no time. So
/// while there are few, a class is deleted with its session, and its name goes back into the pool. From ``cheap`` on
/// the class stays in the kernel as a spare, for a later session.
struct ClassPool: Sendable {
    /// A class that a session can have, and the traffic that the class had counted before.
    struct Place: Hashable, Sendable {
        let id: ClassID
        var earlier = EarlierTraffic()
    }

    /// Up to so many classes, the others make one at most a twentieth of a millisecond slower to make or delete.
    static let cheap = 256
    /// So many more spares than needed are kept, because sessions that end often come back.
    static let slack = 1_000
    /// At least and at most so many spares are made ahead.
    static let reserves = 64...1_024

    private var taken: Set<UInt16>
    private var next: UInt16
    /// Spares that certainly have no more packets, the longest unused first.
    private var ready: Deque<Place> = []
    /// Spares that may still have packets of the former session, the longest unused first.
    private var resting: Deque<ClassID>

    /// - Parameters:
    ///   - taken: the classes that sessions have.
    ///   - spares: the classes in the kernel that no session has.
    init(taken: some Sequence<ClassID> = [], spares: [ClassID] = []) {
        self.taken = Set(taken.map(\.minor)).union(spares.map(\.minor))
        resting = Deque(spares)
        next = self.taken.max().flatMap { $0 < ClassID.forSessions.upperBound ? $0 + 1 : nil } ?? ClassID.forSessions.lowerBound
    }

    /// How many classes there are, spares included.
    var count: Int { taken.count }
    /// How many classes have no session.
    var spares: Int { ready.count + resting.count }
    /// How many spares are ready to be handed out.
    var readySpares: Int { ready.count }
    /// Whether a class stays in the kernel after its session.
    var keepsClasses: Bool { taken.count > Self.cheap }

    /// A class for a session: a ready spare, or a name for a new class. The names rotate, so that a packet still on
    /// its way to a released class does not land in another session's class.
    ///
    /// - Returns: `nil` if all classes are taken.
    mutating func take() -> Place? { ready.popFirst() ?? takeName().map { Place(id: $0) } }

    /// A session leaves its class.
    ///
    /// - Parameter isKept: whether the class stays in the kernel.
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
    /// The maintenance that the pool needs while there are no requests.
    enum Need: Hashable, Sendable {
        case nothing, spare, fewerSpares
    }

    /// Spares are made in reserve only if making a class takes long: an eighth of the sessions' classes. A far larger
    /// reserve is reduced, and the whole reserve is deleted if few sessions are left.
    var need: Need {
        let used = count - spares
        guard used >= Self.cheap else { return spares > 0 ? .fewerSpares : .nothing }
        let reserve = min(max(used / 8, Self.reserves.lowerBound), Self.reserves.upperBound)
        if spares < reserve { return count < ClassID.forSessions.count ? .spare : .nothing }
        return spares > 2 * reserve + Self.slack ? .fewerSpares : .nothing
    }

    /// The spares that have rested longest, to be checked; each must come back by ``put(_:earlier:)``.
    mutating func takeResting(atMost limit: Int) -> [ClassID] {
        let found = Array(resting.prefix(limit))
        resting.removeFirst(found.count)
        return found
    }

    /// Returns a spare with the result of its check.
    ///
    /// - Parameter earlier: the traffic that the spare has counted; `nil` if it still has packets.
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

/// The traffic that a class had sent before it was a session's.
struct EarlierTraffic: Hashable, Sendable {
    var downlink = TrafficCount()
    var uplink = TrafficCount()

    subscript(_ direction: Direction) -> TrafficCount { direction == .downlink ? downlink : uplink }
}
