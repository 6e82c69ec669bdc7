import Foundation
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The moments at which this machine stood still: a sleeping thread woke late, a small write reached the disk late, or
/// a followed process was ready to run and waited for a processor.
///
/// Other work on a shared machine causes such delays, and the server is not late because of them. Tests of times add
/// exactly these delays to their limits.
final class MachineStalls: Sendable {
    private struct Stall {
        let end: Timestamp
        let length: Duration
        var start: Timestamp { end.adding(milliseconds: -length.milliseconds) }
    }

    /// The repeated measurement of one thread, with its start.
    private struct Watch {
        let usual: Duration
        var stalls: [Stall] = []
        var lastLook = ContinuousClock.now

        mutating func look() {
            let late = ContinuousClock.now - lastLook - usual
            if late > .milliseconds(20) { stalls.append(Stall(end: .now, length: late)) }
            lastLook = .now
        }

        /// The stalls at `now`, with a stall that has not ended.
        func stalls(at now: Timestamp) -> [Stall] {
            let late = ContinuousClock.now - lastLook - usual
            return late > .milliseconds(20) ? stalls + [Stall(end: now, length: late)] : stalls
        }
    }

    /// The watch of all tests; it runs as long as the tests.
    static let watch = MachineStalls()

    private let processor = NIOLockedValueBox(Watch(usual: .milliseconds(5)))
    private let disk = NIOLockedValueBox(Watch(usual: .milliseconds(70)))
    private let waits = NIOLockedValueBox<[Stall]>([])
    private let followed = NIOLockedValueBox<[Int32: [String: Duration]]>([:])

    private init() {
        Thread { [processor] in
            while true {
                usleep(5000)
                processor.withLockedValue { $0.look() }
            }
        }.start()
        Thread { [self] in
            var last = Timestamp.now
            while true {
                usleep(50_000)
                lookAtProcesses(since: last)
                last = .now
            }
        }.start()
        Thread { [disk] in Self.watchDisk { disk.withLockedValue { $0.look() } } }.start()
    }

    /// Writes as much as a small transaction, 20 times a second. The file has no name.
    private static func watchDisk(_ look: () -> Void) {
        let path = NSTemporaryDirectory() + "/nac-disk-\(UUID())"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        unlink(path)
        let bytes = [UInt8](repeating: 0xa5, count: 65_536)
        while true {
            usleep(50_000)
            pwrite(descriptor, bytes, bytes.count, 0)
            fsync(descriptor)
            look()
        }
    }

    /// The largest possible time between `start` and `end` in which the machine stood still.
    func total(from start: Timestamp, to end: Timestamp) -> Duration {
        let now = Timestamp.now
        let stalls =
            processor.withLockedValue { $0.stalls(at: now) } + disk.withLockedValue { $0.stalls(at: now) } + waits.withLockedValue { $0 }
        return stalls.reduce(.zero) { sum, stall in
            let (from, to) = (max(stall.start, start), min(stall.end, end))
            return from < to ? sum + to.since(from) : sum
        }
    }

    /// Watches a process from now on: the longest time for which one of its threads waited for a processor. A
    /// sleeping process does not wait.
    func follow(_ process: Int32) {
        followed.withLockedValue { $0[process] = Self.runDelays(of: process) }
    }

    private func lookAtProcesses(since last: Timestamp) {
        let now = Timestamp.now
        for (process, former) in followed.withLockedValue({ $0 }) {
            let delays = Self.runDelays(of: process)
            followed.withLockedValue { $0[process] = delays.isEmpty ? nil : delays }
            let longest = delays.map { $0.value - former[$0.key, default: $0.value] }.max() ?? .zero
            let length = min(longest, now.since(last))
            if length > .milliseconds(1) { waits.withLockedValue { $0.append(Stall(end: now, length: length)) } }
        }
    }

    /// The time for which each thread was ready to run and did not run, so far.
    private static func runDelays(of process: Int32) -> [String: Duration] {
        let folder = "/proc/\(process)/task"
        var delays: [String: Duration] = [:]
        for thread in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            let fields = ((try? String(contentsOfFile: "\(folder)/\(thread)/schedstat", encoding: .utf8)) ?? "").split(separator: " ")
            if fields.count > 1, let nanoseconds = Int64(fields[1]) { delays[thread] = .nanoseconds(nanoseconds) }
        }
        return delays
    }

    /// The allowed delay at `now`, for a task with a limit of one second on a machine without delays: the shortest
    /// time that contains a whole second in which the machine ran.
    static func allowance(at now: Timestamp) -> Duration {
        var allowance = Duration.seconds(1)
        for _ in 0..<100 {
            let next = .seconds(1) + watch.total(from: now.adding(milliseconds: -allowance.milliseconds), to: now)
            guard next > allowance else { break }
            allowance = next
        }
        return allowance
    }

    /// The allowed delay of a session's end: one second, and the time in which the machine
    /// stood still since the deadline.
    static func lateness(since due: Timestamp, to now: Timestamp) -> Duration {
        .seconds(1) + watch.total(from: due, to: now)
    }
}
