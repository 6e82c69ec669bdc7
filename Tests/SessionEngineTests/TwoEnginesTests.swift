import Foundation
import QoDTestSupport
import SQLiteStore
import Testing

@Suite("Two engines over one store")
struct TwoEnginesTests {
    /// How many runs; `NAC_RUNS` makes them more.
    private static let runs = ProcessInfo.processInfo.environment["NAC_RUNS"].flatMap { UInt64($0) } ?? 12

    @Test("keep the invariants while either of them is killed, paused or stopped at random steps", arguments: [true, false])
    func storm(lists: Bool) async throws {
        var sum = TwoEngines.Summary()
        for seed in 0..<Self.runs {
            sum = sum + (try await Self.run(seed, lists: lists))
        }
        print("\(Self.runs) runs, lists: \(lists): \(sum)")
        #expect(sum.created > 3 * Self.runs && sum.kills > Self.runs)
        if lists { #expect(sum.pauses > Self.runs) }
    }

    private static func run(_ seed: UInt64, lists: Bool) async throws -> TwoEngines.Summary {
        let run = try await TwoEngines(seed: seed, lists: lists) { clock in
            try SQLiteStore.inMemory(sharedAt: { clock.now })
        }
        return try await run.run()
    }
}
