import Dispatch
import Foundation
import NIOConcurrencyHelpers

/// Writes lines on a queue of its own, so that logging code never waits for a slow terminal or a full pipe.
///
/// Lines that arrive during a write go out together in the next write. The number of waiting bytes is bounded. Lines
/// beyond the bound are dropped, and a line says how many.
public final class LogWriter: Sendable {
    private struct State {
        var waiting: [UInt8] = []
        var dropped = 0
        var isWriting = false
    }

    private let state = NIOLockedValueBox(State())
    private let queue = DispatchQueue(label: "nac.log")
    private let capacity: Int
    private let droppedLine: @Sendable (Int) -> [UInt8]
    private let output: @Sendable ([UInt8]) -> Void

    /// - Parameters:
    ///   - capacity: the number of bytes that may wait.
    ///   - droppedLine: the line about lines that were dropped.
    ///   - output: writes the bytes; by default to standard error.
    init(
        capacity: Int = 4 << 20, droppedLine: @escaping @Sendable (Int) -> [UInt8],
        output: @escaping @Sendable ([UInt8]) -> Void = { try? FileHandle.standardError.write(contentsOf: $0) }
    ) {
        self.capacity = capacity
        self.droppedLine = droppedLine
        self.output = output
    }

    /// Takes a line with its line break.
    func write(_ line: [UInt8]) {
        let starts = state.withLockedValue { state in
            guard state.waiting.count + line.count <= capacity else {
                state.dropped += 1
                return false
            }
            state.waiting.append(contentsOf: line)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if starts { queue.async { self.drain() } }
    }

    /// Returns when all lines taken so far are written.
    public func flush() {
        queue.sync { self.drain() }
    }

    private func drain() {
        while true {
            let (bytes, dropped) = state.withLockedValue { state -> ([UInt8], Int) in
                defer {
                    state.waiting = []
                    state.dropped = 0
                }
                state.isWriting = !state.waiting.isEmpty
                return (state.waiting, state.dropped)
            }
            guard !bytes.isEmpty else { return }
            output(dropped > 0 ? bytes + droppedLine(dropped) : bytes)
        }
    }
}
