import NIOConcurrencyHelpers

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Random numbers of the kernel's own generator, fetched 4 KiB at a time.
///
/// `SystemRandomNumberGenerator` asks the kernel for every eight bytes, and Foundation's `UUID()` opens a file for
/// each value: together more than half of the system calls of a request. The pool wipes each number after use. This
/// process starts other processes by `posix_spawn` only, so no other process has the rest of a block.
public struct KernelRandom: RandomNumberGenerator, Sendable {
    private static let pool = Pool()

    public init() {}

    public mutating func next() -> UInt64 {
        Self.pool.next()
    }

    private final class Pool: Sendable {
        private struct State {
            var words = [UInt64](repeating: 0, count: 512)
            var left = 0
        }

        private let state = NIOLockedValueBox(State())
        /// Open for as long as the process lives; negative if there is no such file.
        private let descriptor = open("/dev/urandom", O_RDONLY | O_CLOEXEC)

        func next() -> UInt64 {
            state.withLockedValue { state in
                if state.left == 0 {
                    fill(&state.words)
                    state.left = state.words.count
                }
                state.left -= 1
                defer { state.words[state.left] = 0 }
                return state.words[state.left]
            }
        }

        private func fill(_ words: inout [UInt64]) {
            let isFull = words.withUnsafeMutableBytes { descriptor >= 0 && read(descriptor, $0.baseAddress, $0.count) == $0.count }
            guard !isFull else { return }
            var generator = SystemRandomNumberGenerator()
            for index in words.indices { words[index] = generator.next() }
        }
    }
}
