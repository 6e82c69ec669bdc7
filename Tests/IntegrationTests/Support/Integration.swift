import Foundation
import Testing

/// All tests of real processes. They run one at a time, so that each test has the whole machine.
@Suite(
    .serialized, .enabled(if: Binaries.areWanted, "set NAC_INTEGRATION=1, as make does"),
    .enabled(if: Binaries.nac != nil, "needs the nac binary: build it, or name it in NAC_BINARY"))
enum Integration {}

/// The programs under test.
enum Binaries {
    /// Whether this run may start processes.
    static var areWanted: Bool { ProcessInfo.processInfo.environment["NAC_INTEGRATION"] == "1" }

    /// The tool: `NAC_BINARY` if it is set, else the release build, else the debug build.
    static let nac: String? = ProcessInfo.processInfo.environment["NAC_BINARY"] ?? built("nac")

    /// The tutorial's application.
    static let quickStart: String? = built("QuickStart")

    /// The documentation's receiver of notifications.
    static let receiver: String? = built("NotificationReceiver")

    /// Whether ``nac`` is built with optimisation, as for users.
    static var isOptimised: Bool {
        ProcessInfo.processInfo.environment["NAC_BINARY"] != nil || nac?.contains("/release/") == true
    }

    private static func built(_ name: String) -> String? {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return ["release", "debug"].map { package.appending(path: ".build/\($0)/\(name)").path() }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
