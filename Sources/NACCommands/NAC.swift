public import ArgumentParser
import Operations

/// The tool `nac`.
public struct NAC: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "nac",
        abstract: "Quality on Demand for mobile networks: sessions, profiles, devices, and the platform itself.",
        discussion: """
            Start with nac serve in one terminal, and in another:

              nac device list
              nac session create --phone-number +99999991000 \\
                  --service 233.252.0.2 --profile QOS_L --duration 1h
              nac session list --phone-number +99999991000

            Answers go to standard output, errors to standard error. Exit status:

            \(ExitStatus.list)
            """,
        version: "nac \(BuildInformation.current)",
        subcommands: [
            SessionCommand.self, ProfileCommand.self, DeviceCommand.self, KeyCommand.self, ServeCommand.self, LabCommand.self,
            CompletionCommand.self,
        ])

    public init() {}
}
