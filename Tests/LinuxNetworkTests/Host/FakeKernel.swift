import SessionEngine

@testable import LinuxNetwork

/// A kernel in memory, as strict as the real one: classes before what leads to them, nothing twice, and a transaction whole or not.
final class FakeKernel: GatewayKernel {
    private(set) var current = KernelState(roots: [.downlink: .untouched, .uplink: .untouched])
    /// After so many changes of classes or transactions the next one fails; `nil` for never.
    var failsAfter: Int?
    /// What it would not have done.
    private(set) var complaints: [String] = []

    struct Broken: Error {}

    init() {}

    /// One with leftovers.
    init(_ state: KernelState) {
        current = state
    }

    func state() throws(NetworkError) -> KernelState { current }

    func classes(_ direction: Direction) throws(NetworkError) -> [ClassID: FoundClass] { current.classes(direction) }

    func classes(_ ids: [ClassID], _ direction: Direction) throws(NetworkError) -> [ClassID: FoundClass] {
        current.classes(direction).filter { ids.contains($0.key) }
    }

    func setUp(roots: [Direction]) throws(NetworkError) {
        try step()
        for direction in roots {
            current.roots[direction] = .ours
            current.classes[direction] = [:]
        }
        if current.elements == nil { current.elements = [] }
    }

    func apply(_ batch: Batch) throws(NetworkError) {
        for change in batch.classes { try self.change(change) }
        try transact(batch)
        for change in batch.leftovers { try self.change(change) }
    }

    private func change(_ change: ClassChange) throws(NetworkError) {
        try step()
        guard current.roots[change.direction] == .ours else { throw NetworkError("no tree") }
        guard let leaf = change.leaf else {
            guard current.classes[change.direction]?.removeValue(forKey: change.id) != nil else { throw NetworkError("no class \(change.id)") }
            if current.elements?.contains(where: { $0.leads(to: change.id) }) == true { complaints.append("\(change.id) is deleted and led to") }
            return
        }
        // A class that is changed counts on.
        let before = current.classes(change.direction)[change.id]
        current.classes[change.direction, default: [:]][change.id] = FoundClass(change.id, leaf, before?.count ?? TrafficCount(), queued: before?.queued ?? 0)
    }

    private func transact(_ batch: Batch) throws(NetworkError) {
        guard !batch.deletions.isEmpty || !batch.additions.isEmpty else { return }
        try step()
        var elements = Dictionary(uniqueKeysWithValues: (current.elements ?? []).map { ("\($0.set) \($0.keyText)", $0) })
        for element in batch.deletions {
            guard elements.removeValue(forKey: "\(element.set) \(element.keyText)") != nil else { throw NetworkError("no element \(element)") }
        }
        for element in batch.additions {
            guard elements.updateValue(element, forKey: "\(element.set) \(element.keyText)") == nil else { throw NetworkError("\(element) is there") }
            for direction in Direction.allCases where !element.classes.allSatisfy({ current.classes(direction)[$0] != nil }) {
                complaints.append("\(element) leads to a class that is not there")
            }
        }
        current.elements = Array(elements.values)
    }

    /// Packets go through a class, or wait in it.
    func send(_ count: TrafficCount, through id: ClassID, _ direction: Direction, queued: Int = 0) {
        guard let found = current.classes(direction)[id] else { return complaints.append("packets for \(id), which is not there") }
        current.classes[direction]?[id] = FoundClass(
            id: id, rate: found.rate, ceiling: found.ceiling, quantum: found.quantum, priority: found.priority, count: count, queued: queued)
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
            id: id, rate: told.rate / 8 * 8, ceiling: told.ceiling / 8 * 8, quantum: told.quantum, priority: told.priority, count: count, queued: queued)
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
