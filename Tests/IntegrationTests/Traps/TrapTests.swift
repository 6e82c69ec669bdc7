import Foundation
import CAMARA
import NIOCore
import NetworkAsCode
import QoDTestSupport
import QualityOnDemand
import Testing

#if os(Linux)
import Glibc

extension Integration {
    /// Process deaths from causes other than SIGKILL.
    @Suite(.enabled(if: PreloadLibrary.compiler != nil, "needs a C compiler")) struct TrapTests {
        /// The time from the trap of a process to its end.
        private static func end(_ server: ServerProcess) async throws -> (code: Int32, time: Duration) {
            let start = ContinuousClock.now
            server.process.send(SIGUSR2)
            let code = try await server.process.exitCode(within: .seconds(120))
            return (code, ContinuousClock.now - start)
        }

        @Test("a platform that traps frees its port and its database at once, and says where it trapped", .timeLimit(.minutes(4)))
        func trap() async throws {
            try await TemporaryFolder.with { folder in
                let environment = ["LD_PRELOAD": try await TrapLibrary.build(in: folder)]
                let first = try await ServerProcess.start(in: folder, environment: environment)
                let session = try await first.client().devices.get(phoneNumber: "+99999991000")
                    .createQoDSession(profile: .qosM, serviceIPv4: "233.252.0.2")
                let (code, time) = try await Self.end(first)
                #expect(code == 128 + SIGILL)
                #expect(first.process.errors.contains("crashed"), "\(first.process.errors)")
                // The next server has the same port and the same database.
                let second = try await ServerProcess.start(in: folder, port: first.port)
                #expect(try await second.client().sessions.get(session.id).status == .available)
                try await second.stop()

                // The comparison is a program without the setting, which needs 10 to 60 s with debug information. So
                // the test measures relative to the machine and not with a fixed time.
                let slow = environment.merging(["SWIFT_BACKTRACE": "enable=yes,interactive=no,color=no"]) { $1 }
                let third = try await ServerProcess.start(in: folder, environment: slow)
                let (_, usual) = try await Self.end(third)
                print("trap: ended after \(time), with the runtime's own settings after \(usual)")
                #expect(time < usual / 2 || time < .seconds(1), "\(time) of \(usual)")
            }
        }

        @Test(
            "a platform that meets a mapped page that is gone (SIGBUS) ends at once, and the next one has its port and its sessions",
            .timeLimit(.minutes(2)))
        func bus() async throws {
            try await TemporaryFolder.with { folder in
                let first = try await ServerProcess.start(in: folder)
                let device = first.client(retries: .none).devices.get(phoneNumber: "+99999991000")
                let session = try await device.createQoDSession(profile: .qosM, serviceIPv4: "233.252.0.2")
                let start = ContinuousClock.now
                // The index of the write-ahead log, which is mapped.
                truncate("\(folder)/nac.db-shm", 0)
                _ = try? await device.createQoDSession(profile: .qosM, serviceIPv4: "233.252.0.3")
                let code = try await first.process.exitCode(within: .seconds(60))
                print("bus: ended after \(ContinuousClock.now - start)")
                #expect(code == 128 + SIGBUS)
                let second = try await ServerProcess.start(in: folder, port: first.port)
                #expect(try await second.client().sessions.get(session.id).status == .available)
                try await second.stop()
            }
        }

        @Test("settings for the backtrace that the environment has are left as they are", .timeLimit(.minutes(1)))
        func ownSettings() async throws {
            try await TemporaryFolder.with { folder in
                let environment = ["LD_PRELOAD": try await TrapLibrary.build(in: folder), "SWIFT_BACKTRACE": "enable=no"]
                let server = try await ServerProcess.start(in: folder, environment: environment)
                let (code, _) = try await Self.end(server)
                #expect(code == 128 + SIGILL && !server.process.errors.contains("crashed"))
            }
        }

        @Test("one session that ends the process whenever it is programmed does not keep the platform down", .timeLimit(.minutes(4)))
        func poison() async throws {
            try await TemporaryFolder.with { folder in
                let library = try await TrapLibrary.build(in: folder)
                var server = try await ServerProcess.start(in: folder)
                let client = server.client()
                let device = client.devices.get(phoneNumber: "+99999991000")
                var good: Set<String> = []
                for index in 1...40 {
                    good.insert(try await device.createQoDSession(profile: .qosM, serviceIPv4: "198.51.100.\(index)").id)
                }
                let poison = try await device.createQoDSession(profile: .qosM, serviceIPv4: "203.0.113.66").id
                try await server.kill()
                // The network has lost its state, so the platform must program all sessions again.
                try FileManager.default.removeItem(atPath: "\(folder)/network.journal")

                let environment = ["LD_PRELOAD": library, "TRAP_SESSION": poison]
                var deaths = 0
                while true {
                    let life = try await Self.live(in: folder, environment: environment)
                    if let life {
                        server = life
                        break
                    }
                    deaths += 1
                    try #require(deaths < 8, "the platform does not come up")
                }
                print("poison: the platform came up after \(deaths) traps")
                #expect((1...5).contains(deaths))
                let api = RawClient(address: server.address)
                #expect(try await api.heldSessions() == good)
                let ended = try await api.get(poison).session()
                #expect(ended.qosStatus == .unavailable && ended.statusInfo == .networkTerminated)
                let insights = try await api.send("GET", "/insights/v1/sessions/\(poison)")
                let reason = #""reason":"The platform ended 2 times while it programmed the session.""#
                #expect(String(decoding: insights.body, as: UTF8.self).contains(reason))
                let metrics = try await api.send("GET", "/metrics")
                let count = #"nac_sessions_set_aside_total{cause="process"} 1"#
                #expect(String(decoding: metrics.body, as: UTF8.self).contains(count))
                #expect(server.process.errors.contains("A session is set aside"))
                try await server.stop()

                let next = try await ServerProcess.start(in: folder, environment: environment)
                try await wait(upTo: .seconds(30), for: "readiness") { try await Self.isReady(next) }
                try await next.stop()
            }
        }

        /// Starts a platform.
        ///
        /// - Returns: The platform, once it is ready; `nil` if it trapped before.
        private static func live(in folder: String, environment: [String: String]) async throws -> ServerProcess? {
            guard let server = try? await ServerProcess.start(in: folder, environment: environment) else { return nil }
            try await wait(upTo: .seconds(60), for: "readiness or the end") {
                let isReady = try await isReady(server)
                return isReady || !server.process.isRunning
            }
            return server.process.isRunning ? server : nil
        }

        private static func isReady(_ server: ServerProcess) async throws -> Bool {
            (try? await RawClient(address: server.address).send("GET", "/health/ready"))?.status == 200
        }

        private static func isLive(_ server: ServerProcess) async throws -> Bool {
            (try? await RawClient(address: server.address).send("GET", "/health/live"))?.status == 200
        }

        @Test(
            "a platform that gets no more memory serves on or ends at once, and the next one has its port and its sessions",
            .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/prlimit"), "needs prlimit"), .timeLimit(.minutes(3)))
        func memory() async throws {
            try await TemporaryFolder.with { folder in
                let first = try await ServerProcess.start(in: folder)
                let session = try await first.client().devices.get(phoneNumber: "+99999991000")
                    .createQoDSession(profile: .qosM, serviceIPv4: "233.252.0.2")
                let limit = try ChildProcess(
                    "/usr/bin/prlimit", ["--pid", "\(first.process.identifier)", "--as=1048576"], in: folder)
                #expect(try await limit.exitCode(within: .seconds(10)) == 0)
                // From now on the kernel gives the process no more memory, and a large body needs more.
                let body = "{\"x\": \"" + String(repeating: "x", count: 900_000) + "\"}"
                let start = ContinuousClock.now
                for _ in 0..<200 where first.process.isRunning {
                    _ = try? await RawClient(address: first.address, timeout: .seconds(2)).create(body)
                }
                if try await Self.isLive(first) {
                    try await first.kill()
                } else {
                    let code = try await first.process.exitCode(within: .seconds(30))
                    print("memory: ended with \(code) after \(ContinuousClock.now - start)")
                    #expect(code != 0)
                }
                let second = try await ServerProcess.start(in: folder, port: first.port)
                #expect(try await second.client().sessions.get(session.id).status == .available)
                try await second.stop()
            }
        }
    }
}
#endif
