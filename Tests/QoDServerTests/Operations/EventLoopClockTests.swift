import NIOCore
import NIOPosix
import Operations
import QoDServer
import Testing

@Suite struct EventLoopClockTests {
    private let clock = EventLoopClock(group: MultiThreadedEventLoopGroup.singleton)

    @Test("a wait lasts at least as long as it was asked for")
    func waits() async throws {
        let begun = clock.uptime
        try await clock.sleep(for: .milliseconds(20))
        #expect(clock.uptime - begun >= .milliseconds(20))
        try await clock.sleep(for: .zero)
        try await clock.sleep(for: .seconds(-1))
    }

    @Test("a cancelled wait ends at once, before it begins and while it lasts", .timeLimit(.minutes(1)))
    func cancellation() async throws {
        let waiting = Task { try await clock.sleep(for: .seconds(3600)) }
        await Task.yield()
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        let late = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await clock.sleep(for: .seconds(3600))
        }
        await #expect(throws: CancellationError.self) { try await late.value }
    }

    @Test("many waits at once all end", .timeLimit(.minutes(1)))
    func many() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for index in 0..<1000 { group.addTask { try await clock.sleep(for: .milliseconds(index % 10)) } }
        }
    }
}
