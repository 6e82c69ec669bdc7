import QualityOnDemand
import SessionEngine
import Southbound

@testable import LinuxNetwork

/// A kernel in memory, as strict as the real one. Classes come before the elements that lead to them, nothing exists
/// twice, and a transaction happens completely or not at all.
final class FakeKernel: GatewayKernel {
    /// The state without the elements.
    private var base = KernelState(roots: [.downlink: .untouched, .uplink: .untouched])
    /// The elements by map and key; `nil` if there is no table.
    private var elements: [String: FilterElement]?

    var current: KernelState {
        var state = base
        state.elements = elements.map { Array($0.values) }
        return state
    }

    /// The number of changes of classes and transactions before the next one fails; `nil` if none fails.
    var failsAfter: Int?
    /// Requests that a real kernel refuses.
    private(set) var complaints: [String] = []

    struct Broken: Error {}

    init() {}

    /// A kernel with leftovers.
    init(_ state: KernelState) {
        base = state
        base.elements = nil
        elements = state.elements.map { Dictionary(uniqueKeysWithValues: $0.map { (Self.place($0), $0) }) }
    }

    private static func place(_ element: FilterElement) -> String { "\(element.set) \(element.keyText)" }

    func state() throws(NetworkError) -> KernelState { current }

    func classes(_ direction: Direction) throws(NetworkError) -> [ClassID: FoundClass] { base.classes(direction) }

    func classes(_ ids: [ClassID], _ direction: Direction) throws(NetworkError) -> [ClassID: FoundClass] {
        let known = base.classes(direction)
        return Dictionary(uniqueKeysWithValues: ids.compactMap { id in known[id].map { (id, $0) } })
    }

    func destination(of address: IPSubnet) throws(NetworkError) -> PacketDestination { .elsewhere }

    func obstacles() throws(NetworkError) -> [String] { [] }

    func count(_ devices: Set<IPSubnet>, insteadOf former: Set<IPSubnet>) throws(NetworkError) {}

    func sent(by devices: Set<IPSubnet>) throws(NetworkError) -> [IPSubnet: Int] { [:] }

    func setUp(roots: [Direction]) throws(NetworkError) {
        try step()
        for direction in roots {
            base.roots[direction] = .ours
            base.classes[direction] = [:]
        }
        if elements == nil { elements = [:] }
    }

    func apply(_ batch: Batch) throws(NetworkError) {
        for change in batch.classes { try self.change(change) }
        try transact(batch)
        for change in batch.leftovers { try self.change(change) }
    }

    private func change(_ change: ClassChange) throws(NetworkError) {
        try step()
        guard base.roots[change.direction] == .ours else { throw NetworkError("no tree") }
        guard let leaf = change.leaf else {
            guard base.classes[change.direction]?.removeValue(forKey: change.id) != nil else { throw NetworkError("no class \(change.id)") }
            if elements?.values.contains(where: { $0.leads(to: change.id) }) == true { complaints.append("\(change.id) is deleted and led to") }
            return
        }
        // A changed class keeps its counters.
        let before = base.classes(change.direction)[change.id]
        base.classes[change.direction, default: [:]][change.id] = FoundClass(change.id, leaf, before?.count ?? TrafficCount(), queued: before?.queued ?? 0)
    }

    private func transact(_ batch: Batch) throws(NetworkError) {
        guard !batch.deletions.isEmpty || !batch.additions.isEmpty else { return }
        try step()
        var elements = elements ?? [:]
        for element in batch.deletions {
            guard elements.removeValue(forKey: Self.place(element)) != nil else { throw NetworkError("no element \(element)") }
        }
        for element in batch.additions {
            guard elements.updateValue(element, forKey: Self.place(element)) == nil else { throw NetworkError("\(element) is there") }
            for direction in Direction.allCases where !element.classes.allSatisfy({ base.classes(direction)[$0] != nil }) {
                complaints.append("\(element) leads to a class that is not there")
            }
        }
        self.elements = elements
    }

    /// Sends packets through a class, or lets them wait in its queue.
    func send(_ count: TrafficCount, through id: ClassID, _ direction: Direction, queued: Int = 0) {
        guard let found = base.classes(direction)[id] else { return complaints.append("packets for \(id), which is not there") }
        base.classes[direction]?[id] = FoundClass(
            id: id, rate: found.rate, ceiling: found.ceiling, quantum: found.quantum, priority: found.priority, count: count, queued: queued, queue: found.queue)
    }

    private func step() throws(NetworkError) {
        guard let left = failsAfter else { return }
        guard left > 0 else { throw NetworkError("told to fail") }
        failsAfter = left - 1
    }
}

extension FoundClass {
    init(_ id: ClassID, _ leaf: Leaf, _ count: TrafficCount = TrafficCount(), queued: Int = 0) {
        let told = ClassParameters(leaf, .ethernet)
        self.init(
            id: id, rate: told.rate / 8 * 8, ceiling: told.ceiling / 8 * 8, quantum: told.quantum, priority: told.priority, count: count, queued: queued,
            queue: .bytes(LeafQueue.Parameters(id, leaf, .ethernet).bytes))
    }
}

extension FilterElement {
    var classes: [ClassID] {
        switch content {
        case .session(let id, _), .mark(let id, _), .traffic(_, let id): [id]
        }
    }

    fileprivate func leads(to id: ClassID) -> Bool {
        if case .traffic(_, id) = content { true } else { false }
    }
}
