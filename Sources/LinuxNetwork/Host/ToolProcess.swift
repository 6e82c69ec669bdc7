import Southbound

#if canImport(Darwin)
    import Darwin
    private typealias FileActions = posix_spawn_file_actions_t?
    private typealias Attributes = posix_spawnattr_t?
#else
    #if canImport(Musl)
        import Musl
    #else
        import Glibc
    #endif
    private typealias FileActions = posix_spawn_file_actions_t
    private typealias Attributes = posix_spawnattr_t
#endif

/// Programs started by `posix_spawn`.
///
/// Foundation's `Process` is not used: it crashed the starting process when several threads started programs at once.
enum ToolProcess {
    /// Starts a program, named by its path.
    ///
    /// - Parameter streams: the program's standard input, output and error.
    static func start(_ command: [String], _ environment: [String: String], _ streams: [Int32]) throws(NetworkError) -> pid_t {
        #if canImport(Darwin)
            var (actions, attributes): (FileActions, Attributes) = (nil, nil)
        #else
            var (actions, attributes) = (FileActions(), Attributes())
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (target, source) in streams.enumerated() { posix_spawn_file_actions_adddup2(&actions, source, Int32(target)) }
        // The program does not inherit the signals that this process ignores or blocks.
        var (none, usual) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigemptyset(&usual)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&usual, signal) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &usual)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let (arguments, variables) = (command.map { strdup($0) } + [nil], environment.map { strdup("\($0)=\($1)") } + [nil])
        defer { for text in arguments + variables { free(text) } }
        var id: pid_t = 0
        let code = posix_spawn(&id, command[0], &actions, &attributes, arguments, variables)
        guard code == 0 else { throw NetworkError("\(command.joined(separator: " ")): \(NetlinkError.text(code))") }
        return id
    }

    /// Waits for a program's end; kills the program if it does not end in time.
    ///
    /// - Returns: its exit code, or 128 and the number of the signal that ended it; `nil` if it had to be killed.
    static func wait(for id: pid_t, upTo limit: Duration) -> Int32? {
        let start = ContinuousClock.now
        var (raw, pause): (Int32, UInt32) = (0, 100)
        while true {
            let found = waitpid(id, &raw, WNOHANG)
            if found == id { return raw & 0x7f == 0 ? (raw >> 8) & 0xff : 128 + raw & 0x7f }
            guard found == 0 || errno == EINTR else { return 127 }
            if ContinuousClock.now - start > limit { break }
            usleep(pause)
            pause = min(pause * 2, 5_000)
        }
        kill(id, SIGKILL)
        while waitpid(id, &raw, 0) < 0, errno == EINTR {}
        return nil
    }
}
