import Southbound

/// The classes' traffic at two earlier moments, from which their present rates follow.
///
/// Each class is recorded every few seconds by ``record(_:at:)``. A rate covers the time since the later moment, or
/// since the earlier one if the later was only just now.
struct TrafficLog: Sendable {
    typealias Counts = [Direction: [ClassID: TrafficCount]]

    /// A rate over a shorter time would depend on single packets.
    static let leastInterval = Duration.milliseconds(500)

    private var earlier: (time: Duration, counts: Counts)?
    private var later: (time: Duration, counts: Counts)?

    /// - Returns: the traffic since the last time, over all present classes.
    mutating func record(_ counts: Counts, at time: Duration) -> [Direction: TrafficCount] {
        let last = later?.counts ?? [:]
        earlier = later
        later = (time, counts)
        return counts.mapValues { _ in TrafficCount() }.merging(
            counts.map { direction, classes in
                let added = classes.reduce(into: TrafficCount()) { sum, entry in
                    // A class that was made since the last time started at zero, even in the place of another class.
                    let new = last[direction]?[entry.key].map(entry.value.since) ?? entry.value
                    sum.bytes += new.bytes
                    sum.packets += new.packets
                    sum.dropped += new.dropped
                }
                return (direction, added)
            }, uniquingKeysWith: { $1 })
    }

    /// Bits per second; `nil` if the class was not recorded before, or only just now.
    ///
    /// - Parameter start: the traffic that the class had sent before it was the session's.
    func rate(of id: ClassID, _ direction: Direction, now count: TrafficCount, since start: TrafficCount = TrafficCount(), at time: Duration) -> Int? {
        for moment in [later, earlier] {
            guard let moment, time - moment.time >= Self.leastInterval, let before = moment.counts[direction]?[id], before.bytes <= count.bytes else { continue }
            return Int(Double(count.bytes - min(max(before.bytes, start.bytes), count.bytes)) * 8 / ((time - moment.time) / .seconds(1)))
        }
        return nil
    }
}
