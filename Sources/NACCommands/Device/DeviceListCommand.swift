import ArgumentParser
import NetworkAsCode

/// `nac device list`.
struct DeviceListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List test devices, some of each behaviour.",
        discussion: """
            Only the Developer Sandbox has them. Any of a device's names will do for --phone-number, --ipv4 and so on. \
            nac device answers lists the numbers that stand for an error, a slow or a lost answer.
            """,
        aliases: ["ls"])

    @Option(help: ArgumentHelp("How many devices of each behaviour, 1 to 1000.", valueName: "number"))
    var limit = 3
    @OptionGroup(title: "Common options") var common: CommonOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit: \(limit) is not in 1...1000") }
    }

    func run() async throws {
        try await common.show { client in TestDevices(devices: try await Self.devices(of: client, limit: limit)) }
    }

    private static func devices(of client: NetworkAsCodeClient, limit: Int) async throws -> [TestDevice] {
        let document = try await client.document("GET", "/sandbox/v1/devices?limit=\(limit)")
        do { return try TestDevice.list(document) } catch { throw UnreadableAnswer(description: "the answer cannot be read: \(error)") }
    }
}
