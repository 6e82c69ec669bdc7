import Foundation
import QoDTestSupport
import Testing

/// How long the parsers are fed, and from which seed on.
///
/// By default each gets a fixed number of inputs from a fixed seed, so that one run is like the next. With
/// `NAC_FUZZ_SECONDS` each is fed for so long, from `NAC_FUZZ_SEED` or from a seed made up at the start, and counts are
/// printed. Every input has a seed of its own, one more than the last one's. The seed of every thousandth is printed then:
/// after a trap, `NAC_FUZZ_SEED` with the last one that was printed leads back to it.
enum Fuzzing {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seconds = environment["NAC_FUZZ_SECONDS"].flatMap(Int.init)
    private static let seed = environment["NAC_FUZZ_SEED"].flatMap(UInt64.init) ?? (seconds == nil ? 1 : .random(in: 1...1 << 40))

    /// What one input may take, the making of keys and the wait for other tests included.
    private static let longest = Duration.seconds(30)

    /// Feeds inputs to a body that records what is wrong, naming the seed.
    ///
    /// - Parameters:
    ///   - inputs: how many without `NAC_FUZZ_SECONDS`.
    ///   - body: answers whether the input was taken rather than refused. Both must happen, or the inputs are too tame or
    ///     too wild to find anything.
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
