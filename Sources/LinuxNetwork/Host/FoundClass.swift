/// A class that the kernel has, with what it can say of it.
struct FoundClass: Hashable, Sendable {
    let id: ClassID
    /// Bits per second.
    let rate: Int
    /// Bits per second.
    let ceiling: Int
    let quantum: Int
    let priority: Int
    let count: TrafficCount

    /// Whether it is as this program makes it; the kernel keeps rates in whole bytes.
    func serves(_ leaf: Leaf) -> Bool {
        rate == leaf.rate / 8 * 8 && ceiling == leaf.ceiling / 8 * 8 && quantum == leaf.quantum && priority == leaf.priority
    }
}

/// What the kernel has at the root of an interface.
enum RootListing: Hashable, Sendable {
    /// Nothing but what the kernel puts there by itself.
    case untouched
    /// The tree that this program made.
    case ours
    /// Somebody else's, by its kind and handle.
    case foreign(String)
}
