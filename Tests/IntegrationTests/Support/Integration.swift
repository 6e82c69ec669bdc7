import Foundation
import Testing

/// All tests against real processes: one at a time, so that each has the machine for itself.
@Suite(
    .serialized, .enabled(if: Binaries.areWanted, "set NAC_INTEGRATION=1, as make does"),
    .enabled(if: Binaries.nac != nil, "needs the nac binary: build it, or name it in NAC_BINARY"))
enum Integration {}

/// The programs under test.
enum Binaries {
    /// Whether this run is meant to start processes.
    static var areWanted: Bool { ProcessInfo.processInfo.environment["NAC_INTEGRATION"] == "1" }

    /// The tool: the one that `NAC_BINARY` names, else the release build, else the debug build.
    static let nac: String? = ProcessInfo.processInfo.environment["NAC_BINARY"] ?? built("nac")

    /// The tutorial's application.
    static let quickStart: String? = built("QuickStart")

    /// The receiver of notifications in the documentation.
    static let receiver: String? = built("NotificationReceiver")

    /// Whether ``nac`` is as fast as the one that users get.
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
