import ArgumentParser
import Lab
import QualityOnDemand

/// `nac lab`.
struct LabCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: "A small mobile network on this machine, with real packets.",
        discussion: """
            Devices, a cell, a gateway and a service, each a network namespace; nothing else on this machine is touched. Needs Linux and root.

              nac lab demo
              nac lab up
              nac lab exec device-1 -- iperf3 -c \(LabTopology.serviceIPv4) -p 5201 -R
              nac lab down
            """,
        subcommands: [
            LabUpCommand.self, LabExecCommand.self, LabStatusCommand.self, LabDownCommand.self, LabDemoCommand.self, LabDemoRunCommand.self,
            LabWebCommand.self,
        ])
}

/// The options that select a lab.
struct LabOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The lab's name, for several labs on one machine: up to 12 letters and digits.", valueName: "name"))
    var name: String?

    func validate() throws {
        _ = try labName
    }

    private var labName: LabName {
        get throws(ValidationError) {
            guard let name else { return .standard }
            return try reading("--name") { () throws(InvalidValue) in try LabName(name) }
        }
    }

    /// The selected lab, after a check that this process can work with it.
    ///
    /// - Throws: ``LabError`` if this process is not root, or if a tool is missing.
    func lab(_ tools: [LabTools] = [.ip]) throws -> Lab {
        try LabTools.requireRoot()
        try LabTools.require(tools)
        return Lab(name: try labName)
    }
}

/// The option for the output format of a lab command.
struct LabFormat: ParsableArguments {
    @Option(help: "How to answer: table for people, json for programs.")
    var format = OutputFormat.table

    func show(_ answer: some Answer) throws {
        try Output(format: format, surroundings: .current).show(answer)
    }
}
