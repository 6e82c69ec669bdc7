/// What the kernel has at the root of an interface.
enum RootListing: Hashable, Sendable {
    /// Nothing but what the kernel puts there by itself.
    case untouched
    /// The tree that this program made.
    case ours
    /// The same, but of an earlier version or for packets of another size: it counts other bytes, and has to be made anew.
    case outdated
    /// Somebody else's, by its kind and handle.
    case foreign(String)
}
