import Foundation
import QoDTestSupport
import QualityOnDemand
import Testing

extension Integration {
    /// `nac lab demo` with real packets, the real platform and the real SDK.
    @Suite(.enabled(if: LabMachine.isPossible, "needs root, ip, tc, nft, iperf3, ping and curl")) struct LabDemoTests {
        private struct Document: Decodable {
            struct Phase: Decodable {
                let name: String
                let downstream: Double
                let upstream: Double
                let roundTripMedian: Double
                let cell: Double
                let uplink: Double
            }
            struct Samples: Decodable {
                struct Sample: Decodable { let at: Double }
                let downstream: [Sample]
                let upstream: [Sample]
                let roundTrip: [Sample]
            }
            let guarantee: Double
            let cell: Double
            let uplink: Double
            let sessionId: String
            let phases: [Phase]
            let samples: Samples
        }

        /// The result of one run of the demo for the promise.
        ///
        /// A run counts only if the machine carried the load: the application's flow reached its guarantee alone, and
        /// the other flows filled the cell and the uplink. Only such a run can break the promise.
        private func judge(_ document: Document, stalled: Duration) throws -> Attempt {
            try #require(document.phases.map(\.name) == ["idle", "congested", "session", "deleted"])
            let (idle, full, session, after) = (document.phases[0], document.phases[1], document.phases[2], document.phases[3])
            // The limit is below the guarantee, because the machine also does other work;
            // Benchmarks/ measures the promise exactly.
            let promised = 0.8 * document.guarantee
            guard idle.downstream > promised, idle.upstream > promised else { return .notCarried("alone, the flow got \(idle)") }
            for phase in [full, session, after] {
                guard phase.cell > 0.85 * document.cell, phase.uplink > 0.85 * document.uplink else {
                    return .notCarried("the others did not fill the cell: \(phase)")
                }
            }
            guard session.downstream >= promised, session.upstream >= promised,
                session.roundTripMedian < full.roundTripMedian / 3, session.roundTripMedian < after.roundTripMedian / 3
            else {
                return stalled > .seconds(1) ? .notCarried("it stood still for \(stalled)") : .broken("with a session: \(session)")
            }
            guard full.downstream < promised, full.upstream < promised, after.downstream < promised, after.upstream < promised else {
                return .broken("without a session: \(full), \(after)")
            }
            return .kept
        }

        /// Runs the demo until one run keeps the promise.
        private func demonstrate(_ machine: LabMachine, _ more: [String] = []) async throws {
            try await Attempt.untilKept {
                let started = Timestamp.now
                let process = try machine.start(["demo", "--format", "json", "--seconds", "2", "5", "5", "4"] + more)
                let code = try await process.exitCode(within: .seconds(180))
                try #require(code == 0, "\(process.errors)")
                #expect(process.errors.isEmpty)
                let document = try JSONDecoder().decode(Document.self, from: Data(process.output.utf8))
                #expect(document.sessionId.count == 36)
                let samples = document.samples
                #expect(!samples.downstream.isEmpty && !samples.upstream.isEmpty && !samples.roundTrip.isEmpty)
                return try judge(document, stalled: MachineStalls.watch.total(from: started, to: .now))
            }
        }

        @Test("a session's flow gets its guarantee while the others fill the cell, and not without; the lab goes again", .timeLimit(.minutes(10)))
        func demo() async throws {
            try await LabMachine.with { machine in
                let picture = "\(machine.folder)/demo.svg"
                try await demonstrate(machine, ["--svg", picture])
                let svg = String(decoding: try #require(FileManager.default.contents(atPath: picture)), as: UTF8.self)
                #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n") && svg.contains("session created"))
                #expect(try machine.namespaces.isEmpty && !FileManager.default.fileExists(atPath: "/run/\(machine.prefix)"))
            }
        }

        @Test("in a lab that is up, with translated addresses, it leaves the lab as it was", .timeLimit(.minutes(10)))
        func demoInALab() async throws {
            try await LabMachine.with { machine in
                try await machine.up("--devices", "3", "--cell", "50Mbps", "--nat")
                let gateway = "\(machine.prefix)-gateway"
                let look = "tc -n \(gateway) qdisc; ip netns pids \(gateway); ip netns exec \(gateway) nft list tables"
                let before = try LabMachine.shell(look)
                try await demonstrate(machine)
                let after = try LabMachine.shell(look)
                #expect(after == before)
                #expect(try FileManager.default.contentsOfDirectory(atPath: "/run/\(machine.prefix)").sorted() == ["lab.json", "nac.yaml"])
                #expect(try await machine.lab("status", "--format", "json").output.contains(#""state":"up""#))
            }
        }

        @Test("for people it is a plot with the moments and a table; it says where the picture is", .timeLimit(.minutes(5)))
        func text() async throws {
            try await LabMachine.with { machine in
                let run = try await machine.lab("demo", "--seconds", "2", within: .seconds(90))
                #expect(run.code == 0 && run.errors.isEmpty, "\(run.errors)")
                for words in ["others fill the cell", "session created", "session deleted", "down, Mbit/s", "round trip, ms", "full, no session", "ROUND TRIP", "guarantees 20 Mbit/s"] {
                    #expect(run.output.contains(words), "\(words): \(run.output)")
                }
                #expect(!run.output.contains("\u{1b}"))
            }
        }

        @Test("interrupted it ends soon and takes all away; killed, down does", .timeLimit(.minutes(5)), arguments: [SIGINT, SIGTERM, SIGKILL])
        func interrupted(signal: Int32) async throws {
            try await LabMachine.with { machine in
                let demo = try machine.start(["demo", "--seconds", "60"])
                try await wait(upTo: .seconds(60), for: "the beginning") { demo.output.contains("0.0 s: ") || !demo.isRunning }
                try await pause(for: .milliseconds(700))
                demo.send(signal)
                let code = try await demo.exitCode(within: .seconds(30))
                if signal == SIGKILL {
                    #expect(try !machine.processes.isEmpty)
                    #expect(try await machine.lab("down").code == 0)
                } else {
                    #expect(code == 130 && demo.errors.isEmpty, "\(code) \(demo.errors)")
                }
                #expect(try machine.namespaces.isEmpty && !FileManager.default.fileExists(atPath: "/run/\(machine.prefix)"))
            }
        }

        @Test("beside a platform that runs in the gateway it does nothing", .timeLimit(.minutes(5)))
        func platformIsThere() async throws {
            try await LabMachine.with { machine in
                try await machine.up("--devices", "2")
                let nac = try #require(Binaries.nac)
                let platform = try machine.start(["exec", "gateway", "--", nac, "serve", "--config", "/run/\(machine.prefix)/nac.yaml"])
                try await wait(upTo: .seconds(30), for: "the platform") { platform.output.contains("Quality on Demand at http://127.0.0.1:9091") || !platform.isRunning }
                let demo = try await machine.lab("demo", "--seconds", "2")
                #expect(demo.code == 71 && demo.errors.contains("a platform runs in the lab's gateway already"), "\(demo.errors)")
                // The platform with the configuration from `up` accepts a session for a device of the lab.
                let created = try await machine.exec(
                    "gateway", nac, "session", "create", "--ipv4", "10.45.4.1", "--service", "198.51.100.7", "--profile", "QOS_L", "--duration", "10m")
                #expect(created.code == 0 && created.output.contains("AVAILABLE"), "\(created.errors)")
                #expect(platform.isRunning)
            }
        }
    }
}
