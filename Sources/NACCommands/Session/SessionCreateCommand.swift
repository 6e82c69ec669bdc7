import ArgumentParser
import NetworkAsCode

/// `nac session create`.
struct SessionCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Ask for a better connection between a device and a service.",
        discussion: """
            The session is available at once, or REQUESTED until the network is ready; --wait waits for that.

              nac session create --phone-number +99999991000 \\
                  --service 233.252.0.2 --profile QOS_L --duration 1h
            """)

    @OptionGroup(title: "The device") var device: DeviceOptions
    @OptionGroup(title: "The flow") var flow: FlowOptions

    @OptionGroup(title: "The session") var terms: TermsOptions
    @OptionGroup(title: "Notifications") var sink: SinkOptions
    @OptionGroup(title: "Common options") var common: CommonOptions

    func run() async throws {
        try await common.show { client in
            let session = try await create(client)
            guard terms.wait, session.status == .requested else { return SessionDetails(session: session) }
            let surroundings = Surroundings.current
            if surroundings.errors.isTerminal {
                try surroundings.errors.write("session \(session.id) is requested; waiting for the network\n")
            }
            return SessionDetails(session: try await session.waitUntilAvailable(timeout: DurationOption.read(terms.waitTimeout)))
        }
    }

    private func create(_ client: NetworkAsCodeClient) async throws -> QoDSession {
        let (device, flow, duration) = (try device.device(of: client), try flow.flow, try DurationOption.read(terms.duration))
        let credential = sink.credential(.current)
        switch flow.service {
        case .subnets(let ipv4, let ipv6):
            return try await device.createQoDSession(
                profile: .init(terms.profile), serviceIPv4: ipv4, serviceIPv6: ipv6, servicePorts: flow.servicePorts,
                devicePorts: flow.devicePorts, duration: duration, sink: sink.sink, sinkCredential: credential)
        case .addresses(let addresses):
            return try await device.createQoDSession(
                profile: .init(terms.profile), applicationServer: addresses, servicePorts: flow.servicePorts,
                devicePorts: flow.devicePorts, duration: duration, sink: sink.sink, sinkCredential: credential)
        }
    }
}
