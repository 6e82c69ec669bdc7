import SessionEngine

/// What the classes had sent at two moments before now, from which their present rates follow.
///
/// Each class is seen every few seconds by ``record(_:at:)``. A rate is taken over the time since the later of the two
/// moments, or since the earlier where that was only just now.
struct TrafficLog: Sendable {
    typealias Counts = [Direction: [ClassID: TrafficCount]]

    /// Over less than this a rate would be an accident of single packets.
    static let leastInterval = Duration.milliseconds(500)

    private var earlier: (time: Duration, counts: Counts)?
    private var later: (time: Duration, counts: Counts)?

    /// - Returns: what was sent since the last time, over all classes that were there then and are still.
    mutating func record(_ counts: Counts, at time: Duration) -> [Direction: TrafficCount] {
        let last = later?.counts ?? [:]
        earlier = later
        later = (time, counts)
        return counts.mapValues { _ in TrafficCount() }.merging(
            counts.map { direction, classes in
                let added = classes.reduce(into: TrafficCount()) { sum, entry in
                    // A class that was made since, also in the place of another, began at nothing.
                    let before = last[direction]?[entry.key].flatMap { $0.bytes <= entry.value.bytes ? $0 : nil } ?? TrafficCount()
                    sum.bytes += entry.value.bytes - before.bytes
                    sum.packets &+= entry.value.packets &- before.packets
                    sum.dropped &+= entry.value.dropped &- before.dropped
                }
                return (direction, added)
            }, uniquingKeysWith: { $1 })
    }

    /// A class counts for another session from now on.
    mutating func forget(_ id: ClassID) {
        for direction in Direction.allCases {
            earlier?.counts[direction]?[id] = nil
            later?.counts[direction]?[id] = nil
        }
    }

    /// Bits per second; `nil` where the class was not seen before, or not long enough ago.
    func rate(of id: ClassID, _ direction: Direction, now count: TrafficCount, at time: Duration) -> Int? {
        for moment in [later, earlier] {
            guard let moment, time - moment.time >= Self.leastInterval, let before = moment.counts[direction]?[id], before.bytes <= count.bytes else { continue }
            return Int(Double(count.bytes - before.bytes) * 8 / ((time - moment.time) / .seconds(1)))
        }
        return nil
    }
}
