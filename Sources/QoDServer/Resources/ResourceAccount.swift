public import Access
import Atomics
public import SessionEngine

/// One resource of the process: its bound, the units in use, and the number of refusals.
///
/// The caller takes a unit before the work that needs the resource, and gives the unit back after the work. Each of
/// the two is one atomic operation.
public final class ResourceAccount: Sendable {
    /// The resource's name in the label `resource` of the metrics.
    public let name: String
    /// The bound.
    public let limit: Int
    private let inUse = ManagedAtomic(0)
    private let refusals = ManagedAtomic(0)
    /// Reads the figures of a resource that something else accounts for.
    private let reading: (@Sendable () -> ResourceUse)?

    public init(_ name: String, limit: Int) {
        self.name = name
        self.limit = max(limit, 0)
        reading = nil
    }

    /// The account of a resource whose bound is checked elsewhere.
    ///
    /// - Parameter reading: reads the units in use and the number of refusals.
    public init(_ name: String, limit: Int, reading: @escaping @Sendable () -> ResourceUse) {
        self.name = name
        self.limit = max(limit, 0)
        self.reading = reading
    }

    /// The account of a resource of authentication.
    public convenience init(_ resource: AccessResource) {
        self.init(resource.name, limit: resource.limit) {
            let (used, refused) = resource.reading()
            return ResourceUse(used: used, refused: refused)
        }
    }

    /// The account of a resource of a store.
    public convenience init(_ resource: StoreResource) {
        self.init(resource.name, limit: resource.limit, reading: resource.reading)
    }

    /// The units in use now.
    public var used: Int { reading?().used ?? inUse.load(ordering: .relaxed) }

    /// The number of refusals since the start.
    public var refused: Int { reading?().refused ?? refusals.load(ordering: .relaxed) }

    /// Takes units if the bound allows it.
    ///
    /// - Returns: whether the account has given the units; it counts a refusal.
    public func take(_ count: Int = 1) -> Bool {
        guard inUse.wrappingIncrementThenLoad(by: count, ordering: .relaxed) <= limit else {
            inUse.wrappingDecrement(by: count, ordering: .relaxed)
            refuse()
            return false
        }
        return true
    }

    /// Takes units without a check of the bound; for a resource whose bound is checked elsewhere.
    public func add(_ count: Int = 1) {
        inUse.wrappingIncrement(by: count, ordering: .relaxed)
    }

    /// Gives units back.
    public func giveBack(_ count: Int = 1) {
        inUse.wrappingDecrement(by: count, ordering: .relaxed)
    }

    /// Sets the units in use; for a resource that is counted at intervals.
    func set(_ count: Int) {
        inUse.store(count, ordering: .relaxed)
    }

    /// Counts a refusal.
    public func refuse() {
        refusals.wrappingIncrement(ordering: .relaxed)
    }
}
