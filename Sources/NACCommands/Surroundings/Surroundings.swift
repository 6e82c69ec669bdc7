import Foundation
import NetworkAsCode

/// What a client command has round it: streams, environment, time and the way to servers. One value, so that tests can
/// give it another.
struct Surroundings: Sendable {
    var environment: [String: String]
    var output: TextStream
    var errors: TextStream
    var time: TimeSource
    /// What carries requests; the SDK's own where it is `nil`.
    var transport: (any HTTPTransport)?

    /// This process's own, unless a test says otherwise.
    @TaskLocal static var current = Surroundings(
        environment: ProcessInfo.processInfo.environment, output: .standardOutput, errors: .standardError, time: .system)

    /// A variable that is set to something; an empty one counts as not set.
    func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Whether lines on standard output can be drawn again.
    var canRedraw: Bool { output.isTerminal && variable("TERM") != "dumb" }

    /// Whether standard output may have colours (see no-color.org).
    var hasColours: Bool { canRedraw && variable("NO_COLOR") == nil }
}
