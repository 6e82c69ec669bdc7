import Atomics

/// Each holder's amount of one resource, in memory that does not grow with the number of holders.
///
/// Each holder has one counter in each of two rows. A hash that differs between processes selects the counters. A
/// holder's amount is the smaller of the two counters, and never less than the true amount. The amount is too large
/// only if other holders share both counters; this happens to one pair of holders in a million.
final class Shares: Sendable {
    private static let width = 1024
    private let counters: [ManagedAtomic<Int>]
    /// The most units of one holder.
    let limit: Int

    init(limit: Int) {
        self.limit = max(limit, 1)
        counters = (0..<2 * Self.width).map { _ in ManagedAtomic(0) }
    }

    /// The two counters of a holder.
    struct Place: Sendable {
        fileprivate let first: Int
        fileprivate let second: Int
    }

    func place(of holder: some Hashable) -> Place {
        let hash = UInt(bitPattern: holder.hashValue)
        return Place(first: Int(hash % UInt(Self.width)), second: Self.width + Int((hash >> 32) % UInt(Self.width)))
    }

    /// Takes units for a holder if its share allows it.
    func take(_ count: Int = 1, for place: Place) -> Bool {
        let first = counters[place.first].wrappingIncrementThenLoad(by: count, ordering: .relaxed)
        let second = counters[place.second].wrappingIncrementThenLoad(by: count, ordering: .relaxed)
        guard min(first, second) <= limit else {
            giveBack(count, for: place)
            return false
        }
        return true
    }

    func giveBack(_ count: Int = 1, for place: Place) {
        counters[place.first].wrappingDecrement(by: count, ordering: .relaxed)
        counters[place.second].wrappingDecrement(by: count, ordering: .relaxed)
    }

    func amount(_ place: Place) -> Int {
        min(counters[place.first].load(ordering: .relaxed), counters[place.second].load(ordering: .relaxed))
    }
}
