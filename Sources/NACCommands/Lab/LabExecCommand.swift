import ArgumentParser
import Foundation
import Lab

/// `nac lab exec`.
struct LabExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a program in a place of the lab.",
        discussion: """
            The program replaces nac: its streams, signals and exit status are its own.

              nac lab exec device-1 -- ping \(LabTopology.serviceIPv4)
              nac lab exec service -- bash
            """)

    @OptionGroup var lab: LabOptions
    @Argument(help: "device-1, device-2 and so on, cell, gateway, uplink or service.")
    var place: String
    @Argument(parsing: .postTerminator, help: ArgumentHelp("The program and its arguments, after --.", valueName: "command"))
    var command: [String] = []

    func validate() throws {
        guard !command.isEmpty else { throw ValidationError("no command is given; put it after --, such as nac lab exec \(place) -- bash") }
    }

    func run() async throws {
        let lab = try lab.lab()
        let topology = try await blocking { try lab.topology() }
        guard let place = LabPlace(name: place), topology.places.contains(place) else {
            throw UsageError(
                message: "\"\(place)\" is not a place of the lab; there are device-1 to device-\(topology.devices), cell, gateway, uplink and service",
                command: Self.self)
        }
        throw try Self.become(["ip", "netns", "exec", lab.name.namespace(place)] + command)
    }

    /// Replaces this program with another program.
    ///
    /// - Returns: the reason for a failure. After a success, this method does not return.
    private static func become(_ command: [String]) throws -> LabError {
        guard let path = LabTools.find(command[0]) else { throw LabError("\(command[0]) is missing") }
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        execv(path, &arguments)
        return LabError("\(path): \(String(cString: strerror(errno)))")
    }
}
