import Foundation
import QoDTestSupport
import Testing

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// A test's own lab on this machine, which is removed on every exit.
struct LabMachine: Sendable {
    struct Run: Sendable {
        let code: Int32
        let output: String
        let errors: String
    }

    /// The name for `--name`.
    let name: String
    let folder: String

    var prefix: String { "nac-lab-\(name)" }

    /// Whether this machine can run a lab: root, network namespaces and the tools are necessary.
    static let isPossible: Bool = {
        guard Binaries.areWanted, geteuid() == 0 else { return false }
        let script = "for t in tc nft iperf3 ping curl; do command -v $t || exit 1; done; ip netns add nac-lab-probe-$$ && ip netns delete nac-lab-probe-$$"
        return (try? shell(script)) != nil
    }()

    static func with<Value>(_ body: (LabMachine) async throws -> Value) async throws -> Value {
        try await TemporaryFolder.with { folder in
            let machine = LabMachine(name: "it\(UInt32.random(in: 0...9_999_999))", folder: folder)
            do {
                let value = try await body(machine)
                _ = try await machine.lab("down")
                return value
            } catch {
                _ = try? await machine.lab("down")
                throw error
            }
        }
    }

    /// Starts `nac lab`.
    func start(_ arguments: [String]) throws -> ChildProcess {
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin") + ":/usr/sbin:/sbin"
        let (command, rest) = (arguments[0], Array(arguments.dropFirst()))
        return try ChildProcess(try #require(Binaries.nac), ["lab", command, "--name", name] + rest, environment: ["PATH": path], in: folder)
    }

    /// Runs `nac lab` and waits until it ends.
    func lab(_ arguments: String..., within limit: Duration = .seconds(60)) async throws -> Run {
        let process = try start(arguments)
        let code = try await process.exitCode(within: limit)
        return Run(code: code, output: process.output, errors: process.errors)
    }

    /// Creates the lab, and expects success.
    func up(_ arguments: String...) async throws {
        let process = try start(["up"] + arguments)
        let code = try await process.exitCode(within: .seconds(60))
        try #require(code == 0, "\(process.errors)")
    }

    /// Runs a program in a place, and returns its output.
    func exec(_ place: String, _ command: String..., within limit: Duration = .seconds(60)) async throws -> Run {
        let process = try start(["exec", place, "--"] + command)
        let code = try await process.exitCode(within: limit)
        return Run(code: code, output: process.output, errors: process.errors)
    }

    /// The namespaces of this lab.
    var namespaces: [String] {
        get throws { try Self.shell("ip netns list").split(separator: "\n").map { String($0.prefix { $0 != " " }) }.filter { $0.hasPrefix(prefix + "-") } }
    }

    /// The processes in the namespaces of this lab.
    var processes: [String] {
        get throws { try namespaces.flatMap { try Self.shell("ip netns pids \($0)").split(separator: "\n").map(String.init) } }
    }

    /// The standard output of a shell command.
    @discardableResult
    static func shell(_ command: String) throws -> String {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "PATH=$PATH:/usr/sbin:/sbin; " + command]
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let said = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        return String(decoding: said, as: UTF8.self)
    }

    /// The received bits per second from iperf3's document.
    static func received(_ run: Run) throws -> Double {
        let document = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
        let end = try #require(document?["end"] as? [String: Any], "\(run.output)\(run.errors)")
        let sum = try #require((end["sum_received"] ?? end["sum"]) as? [String: Any])
        return try #require(sum["bits_per_second"] as? Double)
    }
}
