#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The resources that the machine gives to this process.
public struct Machine: Hashable, Sendable {
    /// The most descriptors that the process may have open.
    public var descriptors: Int
    /// Bytes of memory: the machine's memory, or the limit of the process's control group if that is smaller.
    public var memory: Int
    /// The number of processors.
    public var processors: Int

    public init(descriptors: Int, memory: Int, processors: Int) {
        self.descriptors = descriptors
        self.memory = memory
        self.processors = processors
    }

    /// The most descriptors that the platform asks for; no default needs more.
    static let mostDescriptors = 1 << 18

    /// The current resources, without a change.
    public static func current() -> Machine {
        Machine(descriptors: descriptorLimit(raised: false), memory: memoryLimit(), processors: processors)
    }

    private static var processors: Int { max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1) }

    /// Raises the soft limit of descriptors to the hard limit, and returns the resources.
    ///
    /// Call this method before any code opens many descriptors. The platform uses at most 262,144 descriptors; no
    /// default needs more.
    public static func prepared() -> Machine {
        Machine(descriptors: descriptorLimit(raised: true), memory: memoryLimit(), processors: processors)
    }

    private static func descriptorLimit(raised: Bool) -> Int {
        #if canImport(Darwin)
            let resource = RLIMIT_NOFILE
        #else
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return 1024 }
        let wanted = min(limit.rlim_max, rlim_t(mostDescriptors))
        if raised, limit.rlim_cur < wanted {
            let previous = limit.rlim_cur
            limit.rlim_cur = wanted
            if setrlimit(resource, &limit) != 0 { limit.rlim_cur = previous }
        }
        return Int(min(limit.rlim_cur, rlim_t(mostDescriptors)))
    }

    private static func memoryLimit() -> Int {
        let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        let paths = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        let groups = paths.compactMap(number).filter { $0 > 0 }
        return max(([machine] + groups).min() ?? machine, 64 << 20)
    }

    /// The number in a small file of the kernel.
    private static func number(in path: String) -> Int? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var value = 0
        return withUnsafeMutablePointer(to: &value) { pointer in withVaList([pointer]) { vfscanf(file, "%ld", $0) } } == 1 ? value : nil
    }
}
