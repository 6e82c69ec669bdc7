import Foundation
import NetworkAsCode
import QoDTestSupport
import QualityOnDemand
import Testing

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// A ready `nac serve` on its own port.
final class ServerProcess: Sendable {
    let process: ChildProcess
    let port: Int
    /// The file in which the simulated network keeps its sessions.
    let journal: String
    /// The time at which the server was first seen ready.
    let startedAt: Timestamp

    private init(process: ChildProcess, port: Int, journal: String) {
        self.process = process
        self.port = port
        self.journal = journal
        startedAt = .now
    }

    var address: String { "http://127.0.0.1:\(port)" }

    /// Starts a server on the files of a folder, and waits until it is ready.
    static func start(
        in folder: String, port: Int = 0, _ arguments: [String] = [], environment: [String: String] = [:],
        descriptors: (soft: Int, hard: Int)? = nil, within limit: Duration = .seconds(30)
    ) async throws -> ServerProcess {
        let process = try launch(in: folder, port: port, arguments, environment: environment, descriptors: descriptors)
        var found: Int?
        try await wait(upTo: limit, for: "the greeting of nac serve") {
            found = process.output.firstMatch(of: /http:\/\/127\.0\.0\.1:([0-9]+)\n/).flatMap { Int($0.1) }
            guard process.isRunning || found != nil else { throw Ended(description: "nac serve ended: \(process.errors)") }
            return found != nil
        }
        return ServerProcess(process: process, port: try #require(found), journal: environment["NAC_NETWORK_JOURNAL"] ?? Self.journal(in: folder))
    }

    /// Starts a server, and does not wait for it.
    ///
    /// - Parameter descriptors: The server's limits of descriptors; `nil` keeps the limits of the tests.
    static func launch(
        in folder: String, port: Int = 0, _ arguments: [String] = [], environment: [String: String] = [:],
        descriptors: (soft: Int, hard: Int)? = nil
    ) throws -> ChildProcess {
        _ = MachineStalls.watch
        let journal = ["NAC_NETWORK_JOURNAL": Self.journal(in: folder)]
        var command = [try #require(Binaries.nac), "serve", "--port", "\(port)"] + arguments
        if let descriptors {
            command = ["/bin/sh", "-c", "ulimit -S -n \(descriptors.soft) && ulimit -H -n \(descriptors.hard) && exec \"$0\" \"$@\""] + command
        }
        return try ChildProcess(command[0], Array(command.dropFirst()), environment: journal.merging(environment) { $1 }, in: folder)
    }

    private static func journal(in folder: String) -> String { "\(folder)/network.journal" }

    /// All sessions in the simulated network: of every client, and also sessions that no store knows.
    func heldSessions() throws -> Set<String> {
        var held: Set<String> = []
        let text = String(decoding: try Data(contentsOf: URL(filePath: journal)), as: UTF8.self)
        // The last line may be incomplete.
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("+") { held.insert(String(line.dropFirst())) } else { held.remove(String(line.dropFirst())) }
        }
        return held
    }

    /// Runs `body` with a server on an empty folder, and ends the server on every exit.
    static func with<Value>(_ arguments: [String] = [], _ body: (ServerProcess) async throws -> Value) async throws -> Value {
        try await TemporaryFolder.with { folder in
            let server = try await start(in: folder, arguments)
            do {
                let value = try await body(server)
                try await server.stop()
                return value
            } catch {
                print("nac serve said: \(server.process.errors)")
                try? await server.kill()
                throw error
            }
        }
    }

    /// Ends the server like a power failure.
    func kill() async throws {
        process.send(SIGKILL)
        _ = try await process.exitCode(within: .seconds(10))
    }

    /// Ends the server like an administrator, and checks the exit code.
    func stop(within limit: Duration = .seconds(10)) async throws {
        process.send(SIGTERM)
        let code = try await process.exitCode(within: limit)
        #expect(code == 0, "SIGTERM: \(process.errors)")
    }

    /// A client of the SDK for this server.
    func client(token: String = "sandbox", retries: RetryPolicy = RetryPolicy()) -> NetworkAsCodeClient {
        NetworkAsCodeClient(
            token: token, server: .server(URL(string: address)!), configuration: ClientConfiguration(retries: retries))
    }

    /// The server ended before it was ready.
    struct Ended: Error, CustomStringConvertible {
        let description: String
    }
}

extension Timestamp {
    /// The machine's wall time.
    static var now: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
}
