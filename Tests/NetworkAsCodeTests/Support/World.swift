import Foundation
import Logging
import NetworkAsCode
import Testing

/// A client with its own server and clock.
struct World: Sendable {
    let server = TestServer()
    let time = VirtualTime()
    let log = Locked<[String]>([])
    let client: NetworkAsCodeClient

    static let address = NetworkAsCodeClient.Server.server(URL(string: "http://127.0.0.1:9091")!)

    init(
        credential: Credential = .bearer("test-token"), server address: NetworkAsCodeClient.Server = Self.address,
        random constant: UInt64? = nil,
        configure: (inout ClientConfiguration) -> Void = { _ in }
    ) {
        let log = log
        var logger = Logger(label: "test") { _ in MemoryLog(lines: log) }
        logger.logLevel = .trace
        var configuration = ClientConfiguration(logger: logger)
        configure(&configuration)
        client = NetworkAsCodeClient(
            credential: credential, server: address, configuration: configuration, transport: server, time: time.source,
            random: { constant ?? .random(in: .min ... .max) })
    }

    /// A device for which every request succeeds.
    var device: Device { client.devices.get(phoneNumber: "+99999991000") }

    /// Creates a session with valid arguments.
    func makeSession() async throws -> QoDSession {
        try await device.createQoDSession(profile: .qosE, serviceIPv4: "233.252.0.2")
    }

    var requests: [TransportRequest] { server.state.current.requests }

    func faults(_ faults: TestServer.Fault...) {
        server.state.withLock { $0.faults = faults }
    }

    func newSessions(_ looks: TestServer.Look?...) {
        server.state.withLock { $0.newSessions = looks }
    }
}

/// Keeps the log records with their metadata.
struct MemoryLog: LogHandler {
    let lines: Locked<[String]>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let details = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        lines.withLock { $0.append("\(event.level): \(event.message) \(details.joined(separator: " "))") }
    }
}

/// The error that `body` throws. The test fails if `body` throws no error or an error of another type.
func failure(
    _ location: SourceLocation = #_sourceLocation, of body: () async throws -> some Sendable
) async -> NetworkAsCodeError? {
    do {
        let value = try await body()
        Issue.record("returned \(value)", sourceLocation: location)
    } catch let error as NetworkAsCodeError {
        return error
    } catch {
        Issue.record("threw \(error)", sourceLocation: location)
    }
    return nil
}
