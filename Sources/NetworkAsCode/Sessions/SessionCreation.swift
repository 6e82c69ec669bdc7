import CAMARA
import QualityOnDemand

/// The session that the application asks for.
struct SessionCreation: Sendable {
    var profile: QoSProfileName
    var service: Service
    var servicePorts: PortsSpec?
    var devicePorts: PortsSpec?
    var duration: Duration
    var sink: String?
    var sinkCredential: SinkCredential?

    /// Checks all values, then sends the request.
    ///
    /// - Parameters:
    ///   - key: The idempotency key. The server makes one session of all attempts with the same key. If
    ///     left out, a new key is used.
    ///   - deadline: The uptime at which the whole call must have ended.
    func send(for device: Device, key: String? = nil, deadline: Duration? = nil) async throws(NetworkAsCodeError) -> QoDSession {
        let core = device.core
        let body = try validated(for: device)
        var call = try core.call("POST", SessionPath.all) { body.write(to: &$0) }
        // One key for the whole call: the server makes one session of all attempts.
        call.headers["Idempotency-Key"] = key ?? UUIDText.make(core.exchange.random)
        call.deadline = deadline
        let info = try await core.session(call)
        return QoDSession(core: core, info: info, fallback: device)
    }

    private func validated(for device: Device) throws(NetworkAsCodeError) -> CreateSession {
        let device = try device.validated()
        do { return try validated(device) } catch { throw NetworkAsCodeError(error) }
    }

    private func validated(_ device: QualityOnDemand.Device?) throws(InvalidValue) -> CreateSession {
        let server = try service.validated()
        let name = try at("profile") { () throws(InvalidValue) in try QualityOnDemand.QoSProfileName(profile.rawValue) }
        let seconds = try at("duration") { () throws(InvalidValue) in try duration.wholeSeconds() }
        try at("sink") { () throws(InvalidValue) in try checkSink() }
        let flow = Flow(
            applicationServer: server, applicationServerPorts: try Self.ports(servicePorts, "servicePorts"),
            devicePorts: try Self.ports(devicePorts, "devicePorts"))
        var credential: SinkCredentialInput?
        if let sinkCredential {
            credential = try at("sinkCredential") { () throws(InvalidValue) in try sinkCredential.validated(hasSink: sink != nil) }
        }
        return CreateSession(
            device: device, flow: flow, qosProfile: name, duration: seconds, sink: sink, sinkCredential: credential)
    }

    private static func ports(_ ports: PortsSpec?, _ name: String) throws(InvalidValue) -> QualityOnDemand.PortsSpec? {
        guard let ports else { return nil }
        return try at(name) { () throws(InvalidValue) in try ports.validated() }
    }

    /// `http` is for sinks on test machines. Most providers refuse such a sink with an error.
    private func checkSink() throws(InvalidValue) {
        guard let sink else { return }
        let start = ["https://", "http://"].first { sink.lowercased().hasPrefix($0) }
        guard let start, sink.utf8.count > start.utf8.count, sink.utf8.count <= 2048,
            sink.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else {
            throw InvalidValue("\"\(Excerpt.of(sink))\" is not an address such as https://app.example.com/events, 2048 characters at most")
        }
    }
}
