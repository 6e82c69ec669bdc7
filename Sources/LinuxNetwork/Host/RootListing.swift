/// What the kernel has at the root of an interface.
enum RootListing: Hashable, Sendable {
    /// Nothing but what the kernel puts there by itself.
    case untouched
    /// The tree that this program made.
    case ours
    /// Somebody else's, by its kind and handle.
    case foreign(String)
}
