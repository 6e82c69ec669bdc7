import ArgumentParser
import Logging
import NetworkAsCode
import QualityOnDemand

/// The options of every command that calls a platform.
struct CommonOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The platform's address. (environment: NAC_SERVER; default: \(Connection.defaultAddress))", valueName: "url"))
    var server: String?

    @Option(
        help: """
            Proves who you are. (environment: NAC_TOKEN, which other users of the machine cannot see; \
            default on loopback: \(Connection.sandboxToken))
            """)
    var token: String?

    @Option(help: "How to answer: table for people, json for programs.")
    var format = OutputFormat.table

    @OptionGroup var tls: TLSOptions

    @Flag(name: .shortAndLong, help: "Log requests and answers on standard error.")
    var verbose = false

    func validate() throws {
        _ = try connection
    }

    private var connection: Connection {
        get throws(ValidationError) { try Connection(server: server, token: token, tls: tls, surroundings: .current) }
    }

    /// Whether the token may name a device. The sandbox's own token names none.
    var mayNameDevice: Bool {
        get throws(ValidationError) { try connection.tokenSource != .sandbox }
    }

    /// Asks the platform, and shows the platform's answer.
    func show<Shown: Answer>(_ ask: (NetworkAsCodeClient) async throws -> Shown) async throws {
        try await connect { client in
            let answer = try await ask(client)
            try Output(format: format, surroundings: .current).show(answer)
        }
    }

    /// Calls `body` with a client of the platform. A failure is thrown together with the connection to that platform.
    func connect(_ body: (NetworkAsCodeClient) async throws -> Void) async throws {
        let (connection, surroundings) = (try connection, Surroundings.current)
        let log = ErrorStreamLog(stream: surroundings.errors, format: format, logLevel: verbose ? .debug : .warning)
        var configuration = ClientConfiguration(
            tls: connection.tls, proxy: connection.proxy, logger: Logger(label: "nac") { _ in log })
        configuration.userAgent = "nac/\(SoftwareVersion.current) \(ClientConfiguration.defaultUserAgent)"
        let client = NetworkAsCodeClient(
            credential: connection.credential, server: connection.server, configuration: configuration,
            transport: surroundings.transport, time: surroundings.time, random: { .random(in: .min ... .max) })
        do {
            try await body(client)
        } catch let error as NetworkAsCodeError {
            throw CallFailure(error: error, connection: connection)
        } catch let failure as AdvisedFailure {
            throw CallFailure(error: failure.error, connection: connection, advice: failure.advice)
        }
    }
}

extension Connection {
    fileprivate var credential: Credential {
        server == .nokia ? .rapidAPIKey(token) : .bearer(token)
    }
}
