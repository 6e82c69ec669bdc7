import Foundation
import NIOConcurrencyHelpers

#if canImport(Darwin)
    private typealias FileActions = posix_spawn_file_actions_t?
    private typealias Attributes = posix_spawnattr_t?
#else
    private typealias FileActions = posix_spawn_file_actions_t
    private typealias Attributes = posix_spawnattr_t
#endif

/// A started program, without a shell.
///
/// Foundation's `Process` does not fit, for two reasons. It reports a process as running while a background child of
/// the process still lives, as iperf3's servers do. Its processes also inherit the blocked signals of this process.
final class SpawnedProcess: Sendable {
    let id: pid_t
    private let name: String
    /// The exit status of the program, as soon as it is known.
    private let end = NIOLockedValueBox<Int32?>(nil)

    /// - Parameters:
    ///   - environment: The environment of the program, except `PATH` and `LC_ALL`, which this type sets.
    ///   - streams: The descriptors that become the program's standard input, output and error.
    init(_ command: [String], environment: [String: String] = ProcessInfo.processInfo.environment, streams: [Int32] = [0, 1, 2]) throws(LabError) {
        name = command.joined(separator: " ")
        guard let path = command.first.flatMap({ $0.contains("/") ? $0 : LabTools.find($0) }) else { throw LabError("\(command.first ?? ""): is missing") }
        let variables = environment.merging(["PATH": LabTools.searchPath, "LC_ALL": "C"]) { $1 }.map { "\($0)=\($1)" }
        id = try Self.spawn(path, command, variables, streams)
    }

    private static func spawn(_ path: String, _ command: [String], _ variables: [String], _ streams: [Int32]) throws(LabError) -> pid_t {
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
        for (target, source) in streams.enumerated() where source != target { posix_spawn_file_actions_adddup2(&actions, source, Int32(target)) }
        // The program closes all other open files, also files that the parent of this process left open. A background
        // program would otherwise hold these files for its whole life.
        for file in openFiles where file > 2 { posix_spawn_file_actions_addclose(&actions, file) }
        var (none, usual) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigemptyset(&usual)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&usual, signal) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &usual)
        // The program has its own process group. Ctrl-C reaches only this process, and this process ends the others
        // in order.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        let (arguments, environment) = (command.map { strdup($0) } + [nil], variables.map { strdup($0) } + [nil])
        defer { for text in arguments + environment { free(text) } }
        var id: pid_t = 0
        let code = posix_spawn(&id, path, &actions, &attributes, arguments, environment)
        guard code == 0 else { throw LabError("\(command.joined(separator: " ")): \(String(cString: strerror(code)))") }
        return id
    }

    /// The open descriptors of this process. Some can be closed before the program starts; to close them again is
    /// harmless.
    private static var openFiles: [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/dev/fd")) ?? []
        return names.compactMap { Int32($0) }
    }

    /// The exit status: the exit code, or 128 plus the signal that ended the program; `nil` while the program runs.
    var status: Int32? {
        end.withLockedValue { end in
            if let end { return end }
            var raw: Int32 = 0
            // `waitpid` is called under the lock. After its answer, the process number can belong to another process.
            guard waitpid(id, &raw, WNOHANG) == id else { return nil }
            end = raw & 0x7f == 0 ? (raw >> 8) & 0xff : 128 + raw & 0x7f
            return end
        }
    }

    var isRunning: Bool { status == nil }

    func send(_ signal: Int32) {
        end.withLockedValue { if $0 == nil { kill(id, signal) } }
    }

    /// Blocks until the program ends.
    ///
    /// - Returns: the exit status; `nil` if the program still runs after this number of seconds.
    func wait(upTo seconds: Double = .infinity) -> Int32? {
        let start = ContinuousClock.now
        var pause: UInt32 = 500
        while true {
            if let status { return status }
            if ContinuousClock.now - start > .seconds(min(seconds, 1e9)) { return nil }
            usleep(pause)
            pause = min(pause * 2, 20_000)
        }
    }
}
