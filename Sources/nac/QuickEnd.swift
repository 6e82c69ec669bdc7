#if os(Linux)
    import Glibc
#endif

/// Ends a platform quickly after a trap, so that the next platform can use its port and its database.
///
/// After a trap, Swift's runtime keeps the process alive while another program describes it. With symbols for 136 MB
/// of debug information, the description takes up to a minute. With the settings here it takes a tenth of a second.
/// The description then has only the addresses of the thread that trapped, and the files that contain these
/// addresses. `llvm-symbolizer` finds the lines later. The runtime reads its settings when the process begins, so the
/// process begins once more.
enum QuickEnd {
    static let variable = "SWIFT_BACKTRACE"
    static let settings = "symbolicate=off,threads=crashed,images=mentioned,interactive=no,color=no"

    /// Begins the program again with the settings, unless the environment already has settings. If the program cannot
    /// begin again, it continues, and only ends more slowly after a trap.
    static func ensure() {
        #if os(Linux)
            guard getenv(variable) == nil, let path = executable() else { return }
            setenv(variable, settings, 1)
            execv(path, CommandLine.unsafeArgv)
        #endif
    }

    #if os(Linux)
        /// The path of the program's file, so that lists of processes show the program's name and not `exe`; `nil` if
        /// the file was replaced.
        private static func executable() -> String? {
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink("/proc/self/exe", &buffer, buffer.count)
            guard count > 0, count < buffer.count else { return nil }
            let path = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
            return access(path, X_OK) == 0 ? path : nil
        }
    #endif
}
