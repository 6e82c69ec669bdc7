import QualityOnDemand
import Southbound

/// The gateway's treatment of one session.
struct Service: Hashable, Sendable {
    let session: SessionID
    /// The same on both interfaces, so that one element of a map serves both directions.
    let classID: ClassID
    let downlink: Leaf
    let uplink: Leaf
    /// Written into the packets' headers; `nil` leaves them as they are.
    let dscp: Int?
    /// The traffic that leads to the session's classes: all of its traffic, without the part of the device's newer
    /// sessions.
    var matches: Set<TrafficMatch>
    /// Whether newer sessions have some of the session's traffic.
    var isPartial = false
    /// The traffic that the class had counted when it became the session's.
    var earlier = EarlierTraffic()
    /// The order that the session was programmed for.
    var mark = OrderMark()

    /// Decides between overlapping sessions.
    var priority: Priority { Priority(rank: mark.rank, session: session) }

    /// A session's place among overlapping ones: the higher rank, and among equal ranks the newer id, has the traffic.
    struct Priority: Hashable, Comparable, Sendable {
        let rank: Int64
        let session: SessionID

        static func < (a: Priority, b: Priority) -> Bool { (a.rank, a.session) < (b.rank, b.session) }
    }

    func leaf(_ direction: Direction) -> Leaf {
        direction == .downlink ? downlink : uplink
    }
}

/// A leaf of the tree of classes: the rates of one session in one direction.
struct Leaf: Hashable, Sendable {
    /// Bits per second that admission counts, of IP packets like all rates here; 0 if nothing is guaranteed.
    let guaranteed: Int
    /// Bits per second that the leaf must not exceed.
    let ceiling: Int
    /// 0 to 6: a lower number gets unused capacity sooner. 7 is best effort.
    let priority: Int
    /// Milliseconds that packets may wait at the guaranteed rate.
    var delay = Leaf.delays.upperBound

    /// A shorter delay would cost a flow its rate; a longer one would cost it the low delay.
    static let delays = 20...50

    /// The rate of a class without a guarantee: the kernel knows no rate of 0.
    static let floor = 8_000

    /// The class's rate in bits per second.
    var rate: Int { max(guaranteed, Self.floor) }

    /// Network control: first in priority, and bounded, so that a storm of it takes little from others.
    static func control(rate: Int) -> Leaf { Leaf(guaranteed: rate, ceiling: 2 * rate, priority: 0) }

    /// A class without a session: packets that are still queued in it leave like best-effort traffic.
    static func spare(capacity: Int) -> Leaf { Leaf(guaranteed: 0, ceiling: capacity, priority: 7) }
}

extension Service {
    init(_ grant: Grant, in place: ClassPool.Place, _ configuration: LinuxNetworkConfiguration) {
        let profile = grant.profile
        let budget = profile.packetDelayBudget?.duration
        self.init(
            session: grant.session, classID: place.id,
            downlink: Leaf(
                profile.targetMinDownstreamRate, profile.maxDownstreamRate, priority: profile.priority, budget: budget,
                capacity: configuration.downlink.capacity),
            uplink: Leaf(
                profile.targetMinUpstreamRate, profile.maxUpstreamRate, priority: profile.priority, budget: budget,
                capacity: configuration.uplink.capacity),
            dscp: profile.serviceClass?.dscp, matches: Set(TrafficMatch.all(of: grant)), earlier: place.earlier)
    }
}

extension Leaf {
    init(_ minimum: Rate?, _ maximum: Rate?, priority: Int?, budget: Duration? = nil, capacity: Int) {
        guaranteed = minimum?.bitsPerSecond ?? 0
        ceiling = max(min(maximum?.bitsPerSecond ?? capacity, capacity), guaranteed, Self.floor)
        if let budget { delay = min(max(Int(budget / .milliseconds(1)), Self.delays.lowerBound), Self.delays.upperBound) }
        self.priority = priority.map { min(max($0 - 1, 0) * 7 / 100, 6) } ?? Self.defaultPriority
    }

    /// For profiles without a priority: the middle.
    static let defaultPriority = 3
}

/// The facts of an order that outlive the process in the kernel.
struct OrderMark: Hashable, Sendable {
    var generation: Int64 = 0
    var rank: Int64 = 0
    /// Of the order and of the gateway's configuration, because both decide what is programmed. 0 for none.
    var fingerprint: UInt64 = 0
}

extension OrderMark {
    init(_ order: Order, _ configuration: LinuxNetworkConfiguration) {
        self.init(
            generation: order.generation, rank: order.rank, fingerprint: order.fingerprint ^ configuration.fingerprint)
    }
}
