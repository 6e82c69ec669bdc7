import Foundation
import NIOConcurrencyHelpers
import NetworkAsCode

/// The demo's own platform in the gateway, with an SDK client for it.
struct DemoPlatform: Sendable {
    let client: NetworkAsCodeClient
    private let process: RunningProgram
    private let folder: String
    private let clock: DemoClock
    private let runner: LabRunner
    /// Whether the gateway had no shaping before the demo. If so, the demo removes the shaping at the end.
    private let ownsShaping: Bool

    /// Starts the platform, and waits until clients can use it.
    static func start(_ lab: Lab, _ plan: DemoPlan, _ clock: DemoClock) async throws -> DemoPlatform {
        let isShaped = try await blocking { () throws -> Bool in try Self.isShaped(lab) }
        let folder = "\(lab.folder)/demo-\(getpid())"
        let file = "\(folder)/nac.yaml"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let configuration = LabPlatform.configuration(plan.topology, port: 0, database: "sqlite:\(folder)/nac.db")
        try Data(configuration.utf8).write(to: URL(filePath: file))
        let said = NIOLockedValueBox<[String]>([])
        // The settings in the user's environment are not meant for this platform.
        let environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("NAC_") }
        let process = try RunningProgram([lab.executable, "serve", "--config", file, "--log-level", "warning"], environment: environment) { _, line in
            said.withLockedValue { $0.append(line) }
        }
        let address = NIOLockedValueBox<URL?>(nil)
        let isUp = try await clock.wait(upTo: 30) {
            address.withLockedValue { $0 = said.withLockedValue { $0 }.lazy.compactMap(self.address).first }
            return address.withLockedValue { $0 != nil } || !process.isRunning
        }
        guard isUp, let url = address.withLockedValue({ $0 }) else {
            try? FileManager.default.removeItem(atPath: folder)
            throw LabError("nac serve did not start: \(said.withLockedValue { $0 }.joined(separator: " "))")
        }
        return DemoPlatform(
            client: NetworkAsCodeClient(token: "sandbox", server: .server(url)), process: process, folder: folder, clock: clock,
            runner: lab.runner, ownsShaping: !isShaped)
    }

    /// The platform's address, from its greeting "Quality on Demand at http://127.0.0.1:34567".
    static func address(_ line: String) -> URL? {
        line.firstMatch(of: /http:\/\/127\.0\.0\.1:[0-9]+$/).flatMap { URL(string: String($0.output)) }
    }

    /// Whether the gateway is already shaped.
    ///
    /// - Throws: ``LabError`` if another platform already runs in this gateway. Two platforms would undo each other's
    ///   work.
    private static func isShaped(_ lab: Lab) throws -> Bool {
        for process in try lab.processes(lab.name.namespace(.gateway)) {
            let command = FileManager.default.contents(atPath: "/proc/\(process)/cmdline").map { $0.split(separator: 0) } ?? []
            guard !command.contains(where: { $0.elementsEqual("serve".utf8) }) else {
                throw LabError("a platform runs in the lab's gateway already, as process \(process); stop it first")
            }
        }
        return try lab.runner("tc", "qdisc", "show", "dev", "ran0").contains("htb")
    }

    /// Ends the platform. If the gateway had no shaping before, also removes the queues and tables that the platform
    /// leaves for its next start.
    func stop() async {
        process.send(SIGTERM)
        // The clean-up has its own task, so that it completes even if the current task is cancelled.
        await Task {
            if await (try? clock.wait(upTo: 5) { !process.isRunning }) != true { process.send(SIGKILL) }
            _ = try? await blocking {
                guard ownsShaping else { return }
                let interfaces = ["ran0", "wan0"].map { ["tc", "qdisc", "del", "dev", $0, "root"] }
                let tables = ["inet", "arp"].map { ["nft", "delete", "table", $0, "nac"] }
                for command in interfaces + tables {
                    _ = try? runner.run(LabStep(command: command))
                }
            }
            try? FileManager.default.removeItem(atPath: folder)
        }.value
    }
}
