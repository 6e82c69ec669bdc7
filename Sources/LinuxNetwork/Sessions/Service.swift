import QualityOnDemand
import SessionEngine

/// What the gateway does for one session.
struct Service: Hashable, Sendable {
    let session: SessionID
    /// The same on both interfaces, so that one element of a map serves both directions.
    let classID: ClassID
    let downlink: Leaf
    let uplink: Leaf
    /// Written into the packets' headers; `nil` leaves them as they are.
    let dscp: Int?
    /// What leads to its classes: what it is for, without what newer sessions of the device are for.
    var matches: Set<TrafficMatch>
    /// Whether newer sessions have some of what it is for.
    var isPartial = false

    func leaf(_ direction: Direction) -> Leaf {
        direction == .downlink ? downlink : uplink
    }
}

/// A leaf of the tree of classes: what one session gets in one direction.
struct Leaf: Hashable, Sendable {
    /// Bits per second that admission counts; 0 where nothing is guaranteed.
    let guaranteed: Int
    /// Bits per second that it may never pass.
    let ceiling: Int
    /// 0 to 6; the lower, the sooner it gets what others leave over. 7 is best effort.
    let priority: Int

    /// What a class without a guarantee gets: the kernel knows no rate of 0.
    static let floor = 8_000

    /// The class's rate in bits per second.
    var rate: Int { max(guaranteed, Self.floor) }

    /// Bytes that a class may send in its turn when capacity is shared out: by its rate, at least one packet. The
    /// kernel's own choice is the same but warns where it has to cut.
    var quantum: Int { min(max(rate / 80, Self.packet), 60_000) }

    /// Bytes that the class may send at once after a pause.
    var burst: Int { Self.burst(rate) }

    /// The same against the ceiling.
    var ceilingBurst: Int { Self.burst(ceiling) }

    /// A packet and what comes in a millisecond: the kernel's timers need no more, and it is no more than others notice.
    private static func burst(_ rate: Int) -> Int { packet + rate / 8 / 1_000 }

    /// An Ethernet frame without its check sum, bytes.
    private static let packet = 1_514
}

extension Service {
    init(_ grant: Grant, classID: ClassID, _ configuration: LinuxNetworkConfiguration) {
        let profile = grant.profile
        self.init(
            session: grant.session, classID: classID,
            downlink: Leaf(
                profile.targetMinDownstreamRate, profile.maxDownstreamRate, priority: profile.priority,
                capacity: configuration.downlink.capacity),
            uplink: Leaf(
                profile.targetMinUpstreamRate, profile.maxUpstreamRate, priority: profile.priority,
                capacity: configuration.uplink.capacity),
            dscp: profile.serviceClass?.dscp, matches: Set(TrafficMatch.all(of: grant)))
    }
}

extension Leaf {
    init(_ minimum: Rate?, _ maximum: Rate?, priority: Int?, capacity: Int) {
        guaranteed = minimum?.bitsPerSecond ?? 0
        ceiling = max(min(maximum?.bitsPerSecond ?? capacity, capacity), guaranteed, Self.floor)
        self.priority = priority.map { min(max($0 - 1, 0) * 7 / 100, 6) } ?? Self.defaultPriority
    }

    /// For profiles that state none: the middle.
    static let defaultPriority = 3
}
