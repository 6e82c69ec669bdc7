/// The queueing discipline at the root of an interface.
enum RootListing: Hashable, Sendable {
    /// The default of the kernel, or nothing.
    case untouched
    /// The tree that this program made.
    case ours
    /// This program's tree of an earlier version, or for packets of another size. It counts other bytes, so it has to
    /// be made anew.
    case outdated
    /// The discipline of another program, by its kind and handle.
    case foreign(String)
}
