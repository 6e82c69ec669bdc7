import Southbound

#if os(Linux)
    import CNamespace
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Going into a network namespace for a moment.
enum NetworkNamespace {
    /// Runs `body` with this thread in the namespace of that name, then returns to its own namespace.
    ///
    /// - Parameter name: as `ip netns` knows it; with `nil` the thread stays in its own namespace.
    static func inside<Value>(_ name: String?, _ body: () throws(NetworkError) -> Value) throws(NetworkError) -> Value {
        guard let name else { return try body() }
        #if os(Linux)
            let own = try open("/proc/thread-self/ns/net")
            defer { close(own) }
            let other = try open("/run/netns/\(name)")
            defer { close(other) }
            guard setns(other, cloneNewNet) == 0 else {
                throw NetworkError("the network namespace \(name) cannot be entered: \(NetlinkError.text(errno))")
            }
            defer {
                // Anything that this thread does from here on would otherwise happen in the wrong network.
                precondition(setns(own, cloneNewNet) == 0, "the thread cannot return to its own network namespace")
            }
            return try body()
        #else
            throw NetworkError("network namespaces need Linux")
        #endif
    }

    #if os(Linux)
        private static let cloneNewNet: Int32 = 0x4000_0000

        private static func open(_ path: String) throws(NetworkError) -> Int32 {
            let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw NetworkError("\(path): \(NetlinkError.text(errno))") }
            return descriptor
        }
    #endif
}
