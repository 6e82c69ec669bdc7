/// A source of random numbers that yields the same numbers for the same seed on every machine (SplitMix64).
///
/// A property test uses one seed for each case. If the case fails, the test reports the seed, so that the case can be
/// run again:
///
///     for seed in 0..<20_000 as Range<UInt64> {
///         var random = SeededGenerator(seed: seed)
///         let flow = random.flow()
///         #expect(holds(flow), "seed \(seed)")
///     }
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        // Neighbouring seeds must not begin with similar numbers.
        state = seed &* 0xd134_2543_de82_ef95 &+ 0x6a09_e667_f3bc_c909
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

extension SeededGenerator {
    /// A number in `range`. All numbers are equally likely.
    public mutating func int(in range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &self)
    }

    /// True with a probability of 1 in `count`.
    public mutating func oneIn(_ count: Int) -> Bool {
        next() % UInt64(count) == 0
    }

    /// An element of a collection that is not empty.
    public mutating func pick<Elements: Collection>(_ elements: Elements) -> Elements.Element {
        elements[elements.index(elements.startIndex, offsetBy: int(in: 0...elements.count - 1))]
    }

    /// `count` random bytes.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// `count` characters of `alphabet`.
    public mutating func text(_ count: Int, of alphabet: String) -> String {
        let letters = Array(alphabet.unicodeScalars)
        var text = String.UnicodeScalarView()
        for _ in 0..<count { text.append(pick(letters)) }
        return String(text)
    }

    /// `bytes` with one to three small changes: a byte replaced, inserted, removed, or a piece repeated or cut off.
    ///
    /// - Parameter alphabet: the source of new bytes. If it is empty, a new byte can have any value.
    public mutating func mutated(_ bytes: [UInt8], with alphabet: [UInt8] = []) -> [UInt8] {
        var result = bytes
        for _ in 0..<int(in: 1...3) {
            let fresh = alphabet.isEmpty ? UInt8(truncatingIfNeeded: next()) : pick(alphabet)
            let place = int(in: 0...result.count)
            switch int(in: 0...9) {
            case 0...3 where place < result.count: result[place] = fresh
            case 4...5 where place < result.count: result.remove(at: place)
            case 6 where place < result.count:
                let end = min(place + int(in: 1...4), result.count)
                result.insert(contentsOf: result[place..<end], at: place)
            case 7 where oneIn(4): result.removeLast(result.count - place)
            default: result.insert(fresh, at: place)
            }
        }
        return result
    }
}
