import Testing

@testable import Lab
@testable import NACCommands
@testable import Platform

@Suite struct LabPlanTests {
    private func steps(_ change: (inout LabTopology) -> Void = { _ in }) -> [LabStep] {
        var topology = LabTopology()
        topology.devices = 2
        change(&topology)
        return LabPlan(name: .standard, topology: topology).steps
    }

    @Test func `every command works inside a namespace of the lab, or makes one`() {
        for step in steps({ $0.devices = 32; $0.translatesAddresses = true }) {
            switch step.command.prefix(3) {
            case ["ip", "netns", "add"], ["ip", "netns", "exec"]: #expect(LabName.standard.place(namespace: step.command[3]) != nil, "\(step)")
            default: #expect(step.command[0...1] == ["ip", "-n"] && LabName.standard.place(namespace: step.command[2]) != nil, "\(step)")
            }
        }
    }

    @Test func `the first command makes a namespace, so that of two labs one gives way before it did anything`() {
        #expect(steps()[0] == LabStep(command: ["ip", "netns", "add", "nac-lab-gateway"]))
    }

    @Test func `namespaces are there before anything is put into them, interfaces before they are set up`() throws {
        let all = steps()
        let lastMade = try #require(all.lastIndex { $0.command.starts(with: ["ip", "netns", "add"]) })
        #expect(all.prefix(lastMade + 1).allSatisfy { $0.command.starts(with: ["ip", "netns", "add"]) })
        var known: Set<String> = []
        for step in all where step.command[1] == "-n" {
            let namespace = step.command[2]
            for line in step.input.split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                if words.starts(with: ["link", "add"]) {
                    known.insert("\(namespace) \(words[2])")
                    if let peer = words.firstIndex(of: "peer") { known.insert("\(words[peer + 4]) \(words[peer + 2])") }
                } else if words.starts(with: ["link", "set"]), words[2] != "lo" {
                    #expect(known.contains("\(namespace) \(words[2])"), "\(line)")
                } else if let device = words.firstIndex(of: "dev") {
                    #expect(known.contains("\(namespace) \(words[device + 1])"), "\(line)")
                }
            }
        }
        #expect(known.contains("nac-lab-device-2 eth0") && known.contains("nac-lab-gateway ran0") && known.contains("nac-lab-gateway wan0"))
    }

    @Test func `the bottlenecks stand behind the gateway in each direction, a little wider than is promised`() {
        let queues = steps({ $0.cell = 100_000_000; $0.uplink = 20_000_000 }).filter { $0.command.contains("tbf") }
        #expect(queues.map { $0.command.joined(separator: " ") } == [
            "ip netns exec nac-lab-cell tc qdisc add dev br0 root tbf rate 103000000bit burst 25750b limit 1545000b",
            "ip netns exec nac-lab-uplink tc qdisc add dev up0 root tbf rate 20600000bit burst 6056b limit 309000b",
        ])
    }

    @Test func `addresses are translated only where that is asked for, and then nobody outside knows the devices'`() throws {
        let plain = steps()
        #expect(!plain.contains { $0.command.contains("nft") })
        #expect(plain.contains { $0.command.contains("nac-lab-uplink") && $0.input.contains("10.45.0.0/16") })
        let translated = steps { $0.translatesAddresses = true }
        #expect(!translated.contains { $0.command.contains("nac-lab-uplink") && $0.input.contains("10.45.0.0/16") })
        let rules = try #require(translated.first { $0.command.contains("nft") })
        #expect(rules.command.starts(with: ["ip", "netns", "exec", "nac-lab-gateway", "nft"]))
        #expect(rules.input.contains("masquerade") && rules.input.contains("tcp dport 5402 dnat to 10.45.4.2:5402"))
    }

    @Test func `the platform's configuration is one that nac serve reads, with the lab's rates as capacities`() throws {
        var topology = LabTopology()
        (topology.cell, topology.uplink) = (100_000_000, 12_500_000)
        let text = LabPlatform.configuration(topology, port: 9091, database: "sqlite:/run/nac-lab/nac.db")
        try TemporaryFile.with(text) { path in
            let settings = try SettingsReader(flags: [:], environment: [:], file: path).read()
            #expect(settings.network.driver == .linux && settings.listensOnLoopbackOnly && settings.databasePath == "/run/nac-lab/nac.db")
            #expect(settings.network.downlink.interface == "ran0" && settings.network.downlink.capacity == 100_000_000)
            #expect(settings.network.uplink.interface == "wan0" && settings.network.uplink.capacity == 12_500_000)
            #expect(settings.network.devices.subnets == LabTopology.deviceSubnets)
        }
    }
}
