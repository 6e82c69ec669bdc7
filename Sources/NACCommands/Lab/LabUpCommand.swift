import ArgumentParser
import Lab

/// `nac lab up`.
struct LabUpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Make the lab.",
        discussion: """
            The cell is the bottleneck towards the devices, the uplink that towards the service. The service runs iperf3, two ports for each \
            device from 5201 on, TCP and UDP, and a web server on port 80.
            """)

    @Option(help: ArgumentHelp("How many devices, \(LabTopology.deviceCounts.lowerBound) to \(LabTopology.deviceCounts.upperBound).", valueName: "number"))
    var devices = 4
    @Option(help: ArgumentHelp("Rate of the cell towards the devices, 1Mbps to 10Gbps.", valueName: "rate"))
    var cell = "100Mbps"
    @Option(help: ArgumentHelp("Rate of the uplink towards the service. (default: as the cell)", valueName: "rate"))
    var uplink: String?
    @Flag(help: "Let the gateway translate the devices' IPv4 addresses to its own.")
    var nat = false
    @OptionGroup var lab: LabOptions
    @OptionGroup var format: LabFormat

    func validate() throws {
        _ = try topology
    }

    private var topology: LabTopology {
        get throws(ValidationError) {
            do { return try LabTopology(devices: devices, cell: cell, uplink: uplink, translatesAddresses: nat) } catch {
                throw ValidationError("\(error)")
            }
        }
    }

    func run() async throws {
        let topology = try topology
        let lab = try lab.lab([.ip, .tc, .iperf3, .setsid] + (nat ? [.nft] : []))
        try await interruptible { try await lab.make(topology) }
        try format.show(LabReport(topology: topology, name: lab.name, isNew: true))
    }
}
