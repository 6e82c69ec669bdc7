import Foundation
import QoDTestSupport
import Testing

extension Integration {
    /// `nac lab` as users run it.
    @Suite(.enabled(if: LabMachine.isPossible, "needs root, ip, tc, nft, iperf3, ping and curl")) struct LabTests {
        /// The state of the host that a lab must not change. Namespaces are left out,
        /// because other tests also create them.
        private func host() throws -> String {
            try LabMachine.shell("ip -o link; ip -o address | sed 's/ *valid_lft.*//'; ip route; ip rule; tc qdisc; nft list ruleset; cat /proc/sys/net/ipv4/ip_forward")
        }

        @Test("up, status, exec and down; the host and others' namespaces are as before", .timeLimit(.minutes(5)))
        func course() async throws {
            let foreign = "nac-foreign-\(UInt32.random(in: 0...9_999_999))"
            try LabMachine.shell("ip netns add \(foreign) && ip -n \(foreign) link set lo up")
            defer { _ = try? LabMachine.shell("ip netns delete \(foreign)") }
            let before = try host()
            try await LabMachine.with { machine in
                #expect(try await machine.lab("status", "--format", "json").output == "{\"state\":\"down\"}\n")
                let up = try await machine.lab("up", "--devices", "3", "--cell", "50Mbps", "--uplink", "10Mbps")
                #expect(up.code == 0 && up.errors.isEmpty && up.output.contains("10.45.4.3") && up.output.contains("nac lab down --name \(machine.name)"))
                #expect(try machine.namespaces.count == 7)
                let status = try await machine.lab("status", "--format", "json")
                #expect(status.output.contains(#""state":"up","cell":50000000,"uplink":10000000"#), "\(status.output)")
                #expect(try await machine.lab("status").output.contains("service   198.51.100.7  2001:db8:7::7      7"))

                let again = try await machine.lab("up")
                #expect(again.code == 71 && again.output.isEmpty && again.errors.contains("the lab is up already; nac lab down --name \(machine.name)"))
                #expect(try machine.namespaces.count == 7)

                let shell = try await machine.exec("device-2", "sh", "-c", "ip -o -4 address show eth0; exit 7")
                #expect(shell.code == 7 && shell.output.contains("10.45.4.2/16"), "\(shell.output)\(shell.errors)")
                let nowhere = try await machine.exec("device-4", "true")
                #expect(nowhere.code == 64 && nowhere.errors.contains("\"device-4\" is not a place of the lab; there are device-1 to device-3"))

                let down = try await machine.lab("down")
                #expect(down.code == 0 && down.output == "the lab is gone\n")
                #expect(try machine.namespaces.isEmpty && !FileManager.default.fileExists(atPath: "/run/\(machine.prefix)"))
                #expect(try await machine.lab("down").output == "there was no lab\n")
                let gone = try await machine.exec("device-1", "true")
                #expect(gone.code == 71 && gone.errors.contains("the lab is not up; nac lab up --name \(machine.name) makes it"))
            }
            #expect(try host() == before)
            #expect(try LabMachine.shell("ip -n \(foreign) -o link").contains("UP"))
        }

        @Test("two labs stand beside each other, and one's down leaves the other", .timeLimit(.minutes(5)))
        func two() async throws {
            try await LabMachine.with { first in
                try await first.up("--devices", "2")
                let made = try first.namespaces
                try await LabMachine.with { second in
                    try await second.up("--devices", "2")
                    #expect(try await second.lab("down").code == 0)
                }
                #expect(try first.namespaces == made)
                #expect(try await first.exec("device-1", "ping", "-c", "1", "-W", "5", "198.51.100.7").code == 0)
            }
        }

        @Test("an up that is killed or interrupted at any moment is no trouble for down", .timeLimit(.minutes(8)), arguments: [SIGKILL, SIGINT])
        func halfMade(signal: Int32) async throws {
            for pause in [0, 30, 80, 150, 400] {
                try await LabMachine.with { machine in
                    let up = try machine.start(["up", "--devices", "32"])
                    try await wait(upTo: .seconds(30), for: "a first namespace") { try !machine.namespaces.isEmpty || !up.isRunning }
                    try await QoDTestSupport.pause(for: .milliseconds(pause))
                    up.send(signal)
                    let code = try await up.exitCode(within: .seconds(30))
                    if signal == SIGINT, code != 0 {
                        // The interrupted command removed its own lab.
                        #expect(code == 130 && up.errors.isEmpty, "\(code) \(up.errors)")
                        // A lab with a printed message was complete before the signal came.
                        #expect(try machine.namespaces.isEmpty || !up.output.isEmpty, "after \(pause) ms")
                    } else if code != 0, try !machine.namespaces.isEmpty {
                        #expect(try await machine.lab("status", "--format", "json").output == "{\"state\":\"partial\"}\n")
                        #expect(try await machine.lab("up").code == 71)
                    }
                    #expect(try await machine.lab("down").code == 0)
                    #expect(try machine.namespaces.isEmpty)
                    #expect(try await machine.lab("status", "--format", "json").output == "{\"state\":\"down\"}\n")
                }
            }
        }

        @Test("all that runs in the lab ends with it", .timeLimit(.minutes(5)))
        func processes() async throws {
            try await LabMachine.with { machine in
                try await machine.up("--devices", "2")
                let stubborn = try machine.start(["exec", "device-1", "--", "sh", "-c", "trap '' TERM; while :; do sleep 1; done"])
                try await wait(upTo: .seconds(10), for: "the program") { try machine.processes.count > 5 }
                let all = try machine.processes
                #expect(try await machine.lab("down").code == 0)
                #expect(try await stubborn.exitCode(within: .seconds(10)) == 128 + SIGKILL)
                try await wait(upTo: .seconds(10), for: "the end of all processes") { all.allSatisfy { kill(Int32($0) ?? 0, 0) != 0 } }
            }
        }

        @Test("a device reaches the web server and iperf3 by IPv4 and IPv6, TCP and UDP, as fast as cell and uplink allow", .timeLimit(.minutes(5)))
        func traffic() async throws {
            try await LabMachine.with { machine in
                try await machine.up("--devices", "2", "--cell", "40Mbps", "--uplink", "10Mbps")
                for address in ["198.51.100.7", "[2001:db8:7::7]"] {
                    let page = try await machine.exec("device-2", "curl", "-sS", "--max-time", "10", "http://\(address)/")
                    #expect(page.code == 0 && page.output.contains("the service of the lab"), "\(page.errors)")
                    let document = try await machine.exec("device-1", "curl", "-sS", "--max-time", "10", "-o", "/dev/null", "-w", "%{size_download} %{http_code}", "http://\(address)/bytes/100000")
                    #expect(document.output == "100000 200", "\(document.errors)")
                }
                let missing = try await machine.exec("device-1", "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "http://198.51.100.7/bytes/x")
                #expect(missing.output == "404")
                for (address, way, rate) in [("198.51.100.7", ["-R"], 40e6), ("2001:db8:7::7", ["-R"], 40e6), ("198.51.100.7", [], 10e6), ("2001:db8:7::7", [], 10e6)] {
                    try await Attempt.untilKept {
                        let run = try await iperf(machine, ["-c", address, "-p", "5202", "-t", "3", "-J"] + way)
                        let received = try LabMachine.received(run)
                        // The cell is 3 % wider than its stated rate, and headers are no payload.
                        if received > 1.03 * rate { return .broken("\(address) \(way): \(received) bit/s pass a bottleneck of \(rate)") }
                        // A low rate can also come from a slow machine, and the test cannot tell the causes apart.
                        return received >= 0.75 * rate ? .kept : .notCarried("\(address) \(way): \(received) of \(rate) bit/s")
                    }
                }
                try await Attempt.untilKept {
                    let datagrams = try await iperf(machine, ["-c", "198.51.100.7", "-p", "5201", "-u", "-b", "5M", "-t", "1", "-J", "-R"])
                    let received = try LabMachine.received(datagrams)
                    return received > 4e6 ? .kept : .notCarried("\(received) of 5,000,000 bit/s arrive as datagrams")
                }
            }
        }

        private func iperf(_ machine: LabMachine, _ arguments: [String]) async throws -> LabMachine.Run {
            let process = try machine.start(["exec", "device-1", "--", "iperf3"] + arguments)
            let code = try await process.exitCode(within: .seconds(40))
            return LabMachine.Run(code: code, output: process.output, errors: process.errors)
        }

        @Test("with --nat the service knows the gateway only, and reaches a device by its port there", .timeLimit(.minutes(5)))
        func translation() async throws {
            try await LabMachine.with { machine in
                try await machine.up("--devices", "2", "--nat")
                #expect(try await machine.exec("service", "ping", "-c", "1", "-W", "1", "10.45.4.1").code != 0)
                #expect(try await machine.exec("device-1", "curl", "-sS", "--max-time", "10", "http://198.51.100.7/").code == 0)
                let listener = try machine.start(["exec", "device-2", "--", "iperf3", "-s", "-1", "-p", "5402"])
                try await eventually { try await machine.exec("service", "iperf3", "-c", "203.0.113.1", "-p", "5402", "-t", "1").code == 0 }
                #expect(try await listener.exitCode(within: .seconds(20)) == 0)
                #expect(listener.output.contains("198.51.100.7"))
                // Packets from the device have the gateway's address at the service.
                let seen = try machine.start(["exec", "service", "--", "iperf3", "-s", "-1", "-p", "5999", "--forceflush"])
                try await eventually { seen.output.contains("listening") }
                #expect(try await machine.exec("device-1", "iperf3", "-c", "198.51.100.7", "-p", "5999", "-t", "1").code == 0)
                #expect(try await seen.exitCode(within: .seconds(20)) == 0)
                #expect(seen.output.contains("connection from 203.0.113.1") && !seen.output.contains("10.45.4.1"), "\(seen.output)")
            }
        }
    }
}
