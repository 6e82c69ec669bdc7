/// A class that is made, changed, or, without a leaf, deleted.
struct ClassChange: Hashable, Sendable {
    let direction: Direction
    let id: ClassID
    var leaf: Leaf?
}

/// Changes in the order in which they must be made.
///
/// Classes come before the elements that lead packets into them, and are deleted after these elements. So no packet
/// is ever led to a missing class.
struct Batch: Hashable, Sendable {
    /// Classes that are new or changed.
    var classes: [ClassChange] = []
    /// Deleted in one transaction with ``additions``, before them.
    var deletions: [FilterElement] = []
    var additions: [FilterElement] = []
    /// Classes that no element leads to any more: deleted, or turned into spares.
    var leftovers: [ClassChange] = []

    /// The prefix lengths of the devices whose traffic is led to a class; single addresses do not count.
    var prefixLengths: Set<Int> { Set(additions.compactMap(\.prefixLength)) }

    var isEmpty: Bool { classes.isEmpty && deletions.isEmpty && additions.isEmpty && leftovers.isEmpty }
}

extension Batch {
    init(_ changes: [ServedSessions.Change], _ configuration: LinuxNetworkConfiguration) {
        for change in changes {
            for direction in Direction.allCases {
                if let after = change.after, change.before?.classID != after.classID || change.before?.leaf(direction) != after.leaf(direction) {
                    classes.append(ClassChange(direction: direction, id: after.classID, leaf: after.leaf(direction)))
                }
                if let before = change.before, before.classID != change.after?.classID {
                    let spare = change.keepsClass ? Leaf.spare(capacity: configuration.link(direction).capacity) : nil
                    leftovers.append(ClassChange(direction: direction, id: before.classID, leaf: spare))
                }
            }
            let (before, after) = (change.before.map(FilterElement.all) ?? [], change.after.map(FilterElement.all) ?? [])
            let (kept, known) = (Set(after), Set(before))
            deletions += before.filter { !kept.contains($0) }
            additions += after.filter { !known.contains($0) }
        }
    }

    /// The tree of an interface without the classes of sessions: the whole capacity, network control, and best effort
    /// for all other traffic.
    static func trunk(of configuration: LinuxNetworkConfiguration, _ direction: Direction) -> [ClassChange] {
        let capacity = configuration.link(direction).capacity
        return [
            ClassChange(direction: direction, id: .root, leaf: Leaf(guaranteed: capacity, ceiling: capacity, priority: 0)),
            ClassChange(
                direction: direction, id: .bestEffort,
                leaf: Leaf(guaranteed: configuration.bestEffort(direction), ceiling: capacity, priority: 7)),
            ClassChange(direction: direction, id: .control, leaf: .control(rate: configuration.control(direction))),
        ]
    }
}
