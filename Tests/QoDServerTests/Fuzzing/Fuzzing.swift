import Foundation
import QoDTestSupport
import Testing

/// The number of inputs for each parser, and the first seed.
///
/// By default each parser gets a fixed number of inputs from a fixed seed, so that all runs are the same. With
/// `NAC_FUZZ_SECONDS` each parser gets inputs for that time and counts are printed. The first seed is then
/// `NAC_FUZZ_SEED`, or random. Each input has its own seed, one more than the seed before it, and every thousandth
/// seed is printed. To repeat a trap, set `NAC_FUZZ_SEED` to the last printed seed.
enum Fuzzing {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seconds = environment["NAC_FUZZ_SECONDS"].flatMap(Int.init)
    private static let seed = environment["NAC_FUZZ_SEED"].flatMap(UInt64.init) ?? (seconds == nil ? 1 : .random(in: 1...1 << 40))

    /// The time limit of one input, which includes making keys and waiting for other tests.
    private static let longest = Duration.seconds(30)

    /// Gives inputs to a body that records failures with the seed.
    ///
    /// - Parameters:
    ///   - inputs: The number of inputs without `NAC_FUZZ_SECONDS`.
    ///   - body: Returns whether the parser accepted the input. Some inputs must be accepted and some refused;
    ///     otherwise the inputs are too tame or too wild to find anything.
    static func run(_ name: String, inputs: UInt64, _ body: (inout SeededGenerator, UInt64) async throws -> Bool) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        var (done, taken) = (0 as UInt64, 0 as UInt64)
        func isOver() -> Bool {
            if let seconds { clock.now - start >= .seconds(seconds) } else { done >= inputs }
        }
        while !isOver() {
            let number = seed &+ done
            if seconds != nil, done % 1000 == 0 { print("fuzz: \(name): seed \(number)") }
            var random = SeededGenerator(seed: number)
            let begin = clock.now
            if try await body(&random, number) { taken += 1 }
            #expect(clock.now - begin < longest, "\(name), seed \(number), took \(clock.now - begin)")
            done += 1
        }
        if seconds != nil { print("fuzz: \(name): \(done) inputs, \(taken) taken, \(done - taken) refused, in \(clock.now - start)") }
        #expect(taken > 0 && taken < done, "\(name): of \(done) inputs, \(taken) were taken")
    }
}
