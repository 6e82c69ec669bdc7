import Foundation
import NIOConcurrencyHelpers
import NetworkAsCode

/// A platform of the demo's own in the gateway, and the SDK's client of it.
struct DemoPlatform: Sendable {
    let client: NetworkAsCodeClient
    private let process: RunningProgram
    private let folder: String
    private let clock: DemoClock
    private let runner: LabRunner
    /// Whether the gateway was not shaped before, and shall not be afterwards.
    private let ownsShaping: Bool

    /// Starts it, and waits until it can be used.
    static func start(_ lab: Lab, _ plan: DemoPlan, _ clock: DemoClock) async throws -> DemoPlatform {
        let isShaped = try await blocking { () throws -> Bool in try Self.isShaped(lab) }
        let folder = "\(lab.folder)/demo-\(getpid())"
        let file = "\(folder)/nac.yaml"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let configuration = LabPlatform.configuration(plan.topology, port: 0, database: "sqlite:\(folder)/nac.db")
        try Data(configuration.utf8).write(to: URL(filePath: file))
        let said = NIOLockedValueBox<[String]>([])
        // Settings in a person's environment are not meant for it.
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

    /// From its greeting, "Quality on Demand at http://127.0.0.1:34567".
    static func address(_ line: String) -> URL? {
        line.firstMatch(of: /http:\/\/127\.0\.0\.1:[0-9]+$/).flatMap { URL(string: String($0.output)) }
    }

    /// - Throws: where somebody's platform runs in this gateway: two would take each other's work away.
    private static func isShaped(_ lab: Lab) throws -> Bool {
        for process in try lab.processes(lab.name.namespace(.gateway)) {
            let command = FileManager.default.contents(atPath: "/proc/\(process)/cmdline").map { $0.split(separator: 0) } ?? []
            guard !command.contains(where: { $0.elementsEqual("serve".utf8) }) else {
                throw LabError("a platform runs in the lab's gateway already, as process \(process); stop it first")
            }
        }
        return try lab.runner("tc", "qdisc", "show", "dev", "ran0").contains("htb")
    }

    /// Ends it, and takes away what it left in the gateway for a next one.
    func stop() async {
        process.send(SIGTERM)
        // In a task of its own, so that it is done also where this one was cancelled.
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
