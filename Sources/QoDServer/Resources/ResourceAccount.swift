import Atomics

/// One resource of the process: how much of it there may be, how much is in use, and how often somebody had to be refused.
///
/// A unit is taken before the work that needs the resource and given back after the work. Both are one atomic operation.
public final class ResourceAccount: Sendable {
    /// As the label `resource` of the metrics says.
    public let name: String
    /// The bound.
    public let limit: Int
    private let inUse = ManagedAtomic(0)
    private let refusals = ManagedAtomic(0)

    public init(_ name: String, limit: Int) {
        self.name = name
        self.limit = max(limit, 0)
    }

    /// The units in use now.
    public var used: Int { inUse.load(ordering: .relaxed) }

    /// The number of refusals since the start.
    public var refused: Int { refusals.load(ordering: .relaxed) }

    /// Takes units where the bound allows it.
    ///
    /// - Returns: whether the units were taken; a refusal is counted.
    public func take(_ count: Int = 1) -> Bool {
        guard inUse.wrappingIncrementThenLoad(by: count, ordering: .relaxed) <= limit else {
            inUse.wrappingDecrement(by: count, ordering: .relaxed)
            refuse()
            return false
        }
        return true
    }

    /// Takes units whatever the bound says; for a resource whose bound is checked elsewhere.
    public func add(_ count: Int = 1) {
        inUse.wrappingIncrement(by: count, ordering: .relaxed)
    }

    /// Gives back units that were taken.
    public func giveBack(_ count: Int = 1) {
        inUse.wrappingDecrement(by: count, ordering: .relaxed)
    }

    /// Sets the units in use; for a resource that is counted now and then.
    func set(_ count: Int) {
        inUse.store(count, ordering: .relaxed)
    }

    /// Counts a refusal.
    public func refuse() {
        refusals.wrappingIncrement(ordering: .relaxed)
    }
}
