import ArgumentParser
import CAMARA
import NetworkAsCode

/// `nac session create`.
struct SessionCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Ask for a better connection between a device and a service.",
        discussion: """
            The session is available at once, or REQUESTED until the network is ready; --wait waits for that. \
            If the network refuses the session, the exit status is 77, and nac prints the reason if the platform knows it.

              nac session create --phone-number +99999991000 \\
                  --service 233.252.0.2 --profile QOS_L --duration 1h
            """)

    @OptionGroup(title: "The device") var device: DeviceOptions
    @OptionGroup(title: "The flow") var flow: FlowOptions

    @OptionGroup(title: "The session") var terms: TermsOptions
    @OptionGroup(title: "Notifications") var sink: SinkOptions
    @OptionGroup(title: "Common options") var common: CommonOptions

    func run() async throws {
        try await common.connect { client in
            let session = try await available(
                try await ProfileSuggestion.advising(terms.profile, client) { try await create(client) }, client)
            try Output(format: common.format, surroundings: .current).show(SessionDetails(session: session))
            guard session.status == .unavailable else { return }
            throw RefusedSession(id: session.id, statusInfo: session.statusInfo, reason: await reason(for: session.id, client))
        }
    }

    /// The session; if `--wait` is given, after the wait for the network.
    private func available(_ session: QoDSession, _ client: NetworkAsCodeClient) async throws -> QoDSession {
        guard terms.wait, session.status == .requested else { return session }
        let surroundings = Surroundings.current
        if surroundings.errors.isTerminal {
            try surroundings.errors.write("session \(session.id) is requested; waiting for the network\n")
        }
        do {
            return try await session.waitUntilAvailable(timeout: DurationOption.read(terms.waitTimeout))
        } catch let error as NetworkAsCodeError where error.kind == .sessionEnded {
            // A session that has ended stays readable for some minutes, unless a client deletes it.
            let ended = try? await session.refresh()
            throw RefusedSession(id: session.id, statusInfo: ended?.statusInfo, reason: await reason(for: session.id, client))
        }
    }

    /// The reason in the network's own words. Only this project's platform keeps and shows it.
    private func reason(for id: String, _ client: NetworkAsCodeClient) async -> String? {
        guard let document = try? await client.insights(of: id), case .object(let members) = document,
            case .string(let reason)? = members.first(where: { $0.name == "reason" })?.value, !reason.isEmpty
        else { return nil }
        return reason
    }

    private func create(_ client: NetworkAsCodeClient) async throws -> QoDSession {
        let (device, flow, duration) = (try device.device(of: client, common), try flow.flow, try DurationOption.read(terms.duration))
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
