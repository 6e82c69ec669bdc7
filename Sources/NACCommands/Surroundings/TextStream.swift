import Foundation
#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A stream of text, and the properties of its terminal.
struct TextStream: Sendable {
    /// Writes the text at once, without a buffer.
    var write: @Sendable (String) throws(WriteError) -> Void
    /// Whether the text appears on a terminal.
    var isTerminal: Bool
    /// The number of columns that the terminal has now; `nil` if there is no terminal or its width is unknown.
    var width: @Sendable () -> Int?

    static let standardOutput = TextStream(descriptor: STDOUT_FILENO)
    static let standardError = TextStream(descriptor: STDERR_FILENO)

    init(write: @escaping @Sendable (String) throws(WriteError) -> Void, isTerminal: Bool, width: @escaping @Sendable () -> Int?) {
        self.write = write
        self.isTerminal = isTerminal
        self.width = width
    }

    private init(descriptor: Int32) {
        self.init(
            write: { text throws(WriteError) in try Self.writeAll(Array(text.utf8), to: descriptor) },
            isTerminal: isatty(descriptor) == 1, width: { Self.columns(descriptor) })
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(WriteError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            #if canImport(Darwin)
                let count = rest.withUnsafeBytes { Darwin.write(descriptor, $0.baseAddress, $0.count) }
            #else
                let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            #endif
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw WriteError(isReaderGone: errno == EPIPE, reason: String(cString: strerror(errno)))
            }
        }
    }

    private static func columns(_ descriptor: Int32) -> Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}

/// A text could not be written to its stream.
struct WriteError: Error, CustomStringConvertible {
    /// Whether the reader has closed the pipe, as `head` does. A closed pipe is not a failure.
    let isReaderGone: Bool
    let reason: String

    var description: String { "standard output cannot be written: \(reason)" }
}
