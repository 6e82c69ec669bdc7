#if os(Linux)
    import Glibc
#endif

/// Sees that a platform that traps ends at once, so that the next one can have its port and its database.
///
/// Swift's runtime keeps a process that trapped alive while another program describes it. With symbols for 136 MB of debug
/// information that takes up to a minute. What is settled here takes a tenth of a second: the addresses of the thread that
/// trapped and the files that they are in, from which `llvm-symbolizer` finds the lines later. The runtime reads its settings
/// when the process begins, so the process begins once more.
enum QuickEnd {
    static let variable = "SWIFT_BACKTRACE"
    static let settings = "symbolicate=off,threads=crashed,images=mentioned,interactive=no,color=no"

    /// Begins the program again with the settings, unless the environment has some. Where that is not possible, the program
    /// goes on: it only ends more slowly.
    static func ensure() {
        #if os(Linux)
            guard getenv(variable) == nil, let path = executable() else { return }
            setenv(variable, settings, 1)
            execv(path, CommandLine.unsafeArgv)
        #endif
    }

    #if os(Linux)
        /// By its own name, so that lists of processes show that and not `exe`; `nil` where the file was replaced.
        private static func executable() -> String? {
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink("/proc/self/exe", &buffer, buffer.count)
            guard count > 0, count < buffer.count else { return nil }
            let path = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
            return access(path, X_OK) == 0 ? path : nil
        }
    #endif
}
