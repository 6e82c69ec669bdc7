import ArgumentParser
import Foundation
import Platform

/// `nac serve`: the platform.
struct ServeCommand: PlatformCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the Quality-on-Demand platform.",
        discussion: """
            Without a configuration it is the Developer Sandbox on 127.0.0.1:9091: a simulated network with test devices, sessions in ./nac.db.

            Settings, in a YAML file as keys, in the environment as NAC_ and the key in capitals with underscores:

            \(SettingKey.all.map { "  \($0.path)\n      \($0.help)" }.joined(separator: "\n"))
            """)

    @Option(help: "Address to listen on (server.host).") var host: String?
    @Option(help: "Port to listen on, 0 for any (server.port).") var port: String?
    @Option(help: "Where sessions are kept: sqlite:PATH (database).") var database: String?
    @Option(help: "Network to program: simulated or linux (network.driver).") var network: String?
    @Flag(inversion: .prefixedNo, help: "Whether a root queueing discipline of another program is replaced (network.takeOver).")
    var takeOver: Bool?
    @Flag(help: "Print the commands that would program the network for the sessions in the database, and change nothing.")
    var dryRun = false
    @Option(help: "Configuration file, YAML.") var config: String?
    @Flag(inversion: .prefixedNo, help: "Whether sinks without TLS are accepted (notifications.allowHttpSinks).")
    var allowHttpSinks: Bool?
    @Flag(inversion: .prefixedNo, help: "Whether sinks that the Internet does not reach are accepted (notifications.allowPrivateSinks).")
    var allowPrivateSinks: Bool?
    @Option(help: "Lowest level that is logged: trace, debug, info, notice, warning, error, critical (log.level).") var logLevel: String?
    @Option(help: "Form of the log's lines: text or json (log.format).") var logFormat: String?

    @OptionGroup var limits: LimitOptions
    @OptionGroup var devices: GatewayDeviceOptions

    func run(_ parts: PlatformParts) async throws {
        let environment = SettingsReader.ownVariables(ProcessInfo.processInfo.environment)
        let reader = SettingsReader(flags: flags, environment: environment, file: config, drivers: parts.drivers)
        let settings = try reader.read()
        guard !dryRun else { return writeAtOnce(try await Platform.plan(settings, parts: parts)) }
        try await Platform.run(settings, parts: parts, rereading: { try reader.read() }) { address in
            writeAtOnce(Greeting(address: address).text + "\n")
        }
    }

    private var flags: [String: String] {
        let given: [String: String?] = [
            "server.host": host, "server.port": port, "database": database, "network.driver": network, "log.level": logLevel,
            "network.takeOver": takeOver.map(\.description),
            "log.format": logFormat,
            "notifications.allowHttpSinks": allowHttpSinks.map(\.description),
            "notifications.allowPrivateSinks": allowPrivateSinks.map(\.description),
        ]
        return given.compactMapValues { $0 }.merging(limits.flags) { first, _ in first }.merging(devices.flags) { first, _ in first }
    }
}
