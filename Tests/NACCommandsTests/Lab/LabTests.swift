import Foundation
import NIOConcurrencyHelpers
import Testing

@testable import Lab
@testable import NACCommands

/// A temporary file for one test.
enum TemporaryFile {
    static func with<Value>(_ text: String, _ body: (String) throws -> Value) throws -> Value {
        let path = NSTemporaryDirectory() + "/nac-test-\(UUID().uuidString)"
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }
}

/// A host that keeps namespaces in memory and fails at the steps that the test chooses.
private final class FakeHost: Sendable {
    private let state = NIOLockedValueBox((namespaces: [String](), commands: [LabStep]()))
    private let fails: @Sendable (LabStep) -> Bool

    init(namespaces: [String] = [], fails: @escaping @Sendable (LabStep) -> Bool = { _ in false }) {
        self.fails = fails
        state.withLockedValue { $0.namespaces = namespaces }
    }

    var namespaces: [String] { state.withLockedValue { $0.namespaces } }
    var commands: [LabStep] { state.withLockedValue { $0.commands } }

    func lab(_ name: String) throws -> Lab {
        Lab(name: try LabName(name), runner: LabRunner { step throws(LabError) in try self.run(step) }, executable: "/bin/nac")
    }

    private func run(_ step: LabStep) throws(LabError) -> String {
        if fails(step) { throw LabError("\(step.command.joined(separator: " ")): Operation not permitted") }
        return state.withLockedValue { state in
            state.commands.append(step)
            guard step.command.starts(with: ["ip", "netns"]) else { return "" }
            switch step.command[2] {
            case "list": return state.namespaces.map { "\($0) (id: 3)\n" }.joined()
            case "add": state.namespaces.append(step.command[3])
            case "delete": state.namespaces.removeAll { $0 == step.command[3] }
            case "exec" where step.command[4] == "cat":
                return "  sl  local_address rem_address   st\n" + ([80] + (5201...5300)).map { "   0: 00:\(String($0, radix: 16)) 00:0000 0A 0\n" }.joined()
            default: break
            }
            return ""
        }
    }
}

@Suite struct LabTests {
    @Test func `what fails half-way is taken away, wherever it fails, and nothing else is`() throws {
        let foreign = ["mine", "nac-lab-gateway", "nac-lab-t1-other"]
        let count = LabPlan(name: try LabName("t1"), topology: LabTopology()).steps.count
        for position in 1..<count {
            let seen = NIOLockedValueBox(-1)
            let host = FakeHost(namespaces: foreign) { step in
                // The lab first lists the existing namespaces, which is no step of the plan.
                guard step.command[2] != "list", step.command[2] != "pids", step.command[2] != "delete" else { return false }
                return seen.withLockedValue { $0 += 1; return $0 == position }
            }
            #expect(throws: LabError.self) { try host.lab("t1").up(LabTopology()) }
            #expect(host.namespaces == foreign, "after step \(position)")
        }
    }

    @Test func `two that make the same lab: the one that comes later takes nothing away`() throws {
        let host = FakeHost { $0.command == ["ip", "netns", "add", "nac-lab-t2-gateway"] }
        #expect(throws: LabError.self) { try host.lab("t2").up(LabTopology()) }
        #expect(!host.commands.contains { $0.command.contains("delete") })
    }

    @Test func `a lab that is there in part is neither up nor down, and is not made again`() throws {
        let host = FakeHost(namespaces: ["nac-lab-t3-cell", "nac-lab-t3-device-2"])
        let lab = try host.lab("t3")
        #expect(try lab.state() == .partial)
        let error = #expect(throws: LabError.self) { try lab.up(LabTopology()) }
        #expect(error?.description.contains("nac lab down") == true)
        #expect(throws: LabError.self) { try lab.topology() }
        #expect(try lab.down())
        #expect(host.namespaces.isEmpty)
        #expect(try lab.state() == .down)
        #expect(try !lab.down())
    }

    @Test func `one that is not wanted any more is taken away`() throws {
        let host = FakeHost()
        var asked = 0
        #expect(throws: LabError.self) {
            try host.lab("t4").up(LabTopology()) {
                asked += 1
                return asked < 10
            }
        }
        #expect(host.namespaces.isEmpty)
    }

    @Test func `namespaces, processes and listening ports are read from what the tools say`() {
        #expect(NamespaceListing.names("nac-lab-a (id: 3)\nb\n\n") == ["nac-lab-a", "b"])
        #expect(NamespaceListing.processes("12\n 4711\n") == [12, 4711])
        let table = """
              sl  local_address                         remote_address                        st tx_queue
               0: 00000000000000000000000000000000:1451 00000000000000000000000000000000:0000 0A 00000000:00000000
               1: 0000000000000000FFFF0000076433C6:1452 0000000000000000FFFF000001042D0A:8F1C 01 00000000:00000000
               2: 0100007F:0050 00000000:0000 0A
            """
        #expect(NamespaceListing.listeningPorts(table) == [5201, 80])
    }
}

@Suite struct LabToolsTests {
    @Test func `what is missing is named with the package that has it`() throws {
        let error = #expect(throws: LabError.self) { try LabTools.require([.ip, .iperf3, .tc], in: "/nowhere") }
        #expect(error?.description == "ip, iperf3, tc are missing; on Debian: apt-get install iperf3 iproute2")
        let one = #expect(throws: LabError.self) { try LabTools.require([.nft], in: "/nowhere") }
        #expect(one?.description == "nft is missing; on Debian: apt-get install nftables")
        #expect(throws: Never.self) { try LabTools.require([]) }
    }

    @Test(arguments: [
        (["lab", "up", "--devices", "1"], "--devices: 1 is not in 2...32"), (["lab", "up", "--cell", "slow"], "--cell: \"slow\" is not a rate"),
        (["lab", "up", "--name", "A/B"], "--name: \"A/B\" is not 1 to 12 lower-case letters and digits"),
        (["lab", "demo", "--seconds", "1", "2"], "--seconds: 2 lengths are given"), (["lab", "demo", "--seconds", "1"], "--seconds: 1 is not in 2...600"),
        (["lab", "demo", "--svg", "/nowhere/x.svg"], "--svg: /nowhere/x.svg: cannot be written"), (["lab", "exec", "device-1"], "no command is given"),
    ])
    func `a wrong command line is told before anything is looked at`(arguments: [String], message: String) async {
        let world = World()
        let status = await Surroundings.$current.withValue(world.surroundings) { await NAC.run(arguments) }
        #expect(status == .usage)
        #expect(world.errors.contains(message), "\(world.errors)")
        #expect(world.output.isEmpty)
    }
}
