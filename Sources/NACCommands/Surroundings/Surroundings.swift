import Foundation
import NetworkAsCode

/// The surroundings of a client command: streams, environment, time and the transport to servers. They are one value,
/// so that tests can replace all of them at once.
struct Surroundings: Sendable {
    var environment: [String: String]
    var output: TextStream
    var errors: TextStream
    var time: TimeSource
    /// The transport of requests; `nil` means the SDK's own transport.
    var transport: (any HTTPTransport)?

    /// The surroundings of this process, unless a test sets others.
    @TaskLocal static var current = Surroundings(
        environment: ProcessInfo.processInfo.environment, output: .standardOutput, errors: .standardError, time: .system)

    /// The value of a variable. An empty variable counts as not set.
    func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Whether lines on standard output can be drawn again.
    var canRedraw: Bool { output.isTerminal && variable("TERM") != "dumb" }

    /// Whether standard output may have colours (see no-color.org).
    var hasColours: Bool { canRedraw && variable("NO_COLOR") == nil }
}
