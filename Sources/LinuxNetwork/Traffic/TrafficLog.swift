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
                    let new = last[direction]?[entry.key].map(entry.value.since) ?? entry.value
                    sum.bytes += new.bytes
                    sum.packets += new.packets
                    sum.dropped += new.dropped
                }
                return (direction, added)
            }, uniquingKeysWith: { $1 })
    }

    /// Bits per second; `nil` where the class was not seen before, or not long enough ago.
    ///
    /// - Parameter start: what the class had sent before it was the session's.
    func rate(of id: ClassID, _ direction: Direction, now count: TrafficCount, since start: TrafficCount = TrafficCount(), at time: Duration) -> Int? {
        for moment in [later, earlier] {
            guard let moment, time - moment.time >= Self.leastInterval, let before = moment.counts[direction]?[id], before.bytes <= count.bytes else { continue }
            return Int(Double(count.bytes - min(max(before.bytes, start.bytes), count.bytes)) * 8 / ((time - moment.time) / .seconds(1)))
        }
        return nil
    }
}
