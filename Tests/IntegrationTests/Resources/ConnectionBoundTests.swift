import Foundation
import NetworkAsCode
import QoDTestSupport
import Testing

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

extension Integration {
    /// Idle connections keep no client out, even with few descriptors.
    @Suite struct ConnectionBoundTests {
        @Test(
            "connections that send nothing do not end the process, and a client goes on working",
            .timeLimit(.minutes(3)), arguments: [(64, 64, 1100), (256, 256, 1100), (1024, 1024, 1500), (256, 1024, 1500)])
        func silence(_ soft: Int, _ hard: Int, _ count: Int) async throws {
            try raiseOwnLimit()
            try await TemporaryFolder.with { folder in
                let server = try await ServerProcess.start(in: folder, descriptors: (soft, hard))
                let client = try await RawConnection(port: server.port)
                await client.send(RawRequest.profile())
                _ = try await client.answers(1)
                var silent: [RawConnection] = []
                for _ in 0..<count { silent.append(try await RawConnection(port: server.port)) }
                // The server keeps an old active connection and accepts a new one, and the database still works.
                await client.send(RawRequest.profile())
                #expect(try await client.answers(2).matches(of: /HTTP\/1\.1 200/).count == 2)
                let session = try await server.client().devices.get(phoneNumber: "+99999991000")
                    .createQoDSession(profile: .qosM, serviceIPv4: "233.252.0.2")
                #expect(try await server.client().sessions.get(session.id).status == .available)
                let metrics = try await RawClient(address: server.address).send("GET", "/metrics")
                let text = String(decoding: metrics.body, as: UTF8.self)
                #expect(text.contains("nac_resource_limit{resource=\"descriptors\"} \(hard)\n"))
                let refused = text.firstMatch(of: /nac_resource_refused_total\{resource="connections"\} ([0-9]+)/).flatMap { Int($0.1) }
                #expect(refused ?? 0 > count - hard)
                let lines = server.process.errors.components(separatedBy: "Connections: ").count - 1
                #expect((1...20).contains(lines), "a line every ten seconds at most")
                #expect(server.process.isRunning)
                silent.removeAll()
                try await server.stop(within: .seconds(60))
            }
        }

        @Test("the connections of one address are bounded, and the one without a request goes first", .timeLimit(.minutes(1)))
        func perAddress() async throws {
            try await TemporaryFolder.with { folder in
                let server = try await ServerProcess.start(in: folder, environment: ["NAC_SERVER_MAX_CONNECTIONS_PER_ADDRESS": "3"])
                var speaking: [RawConnection] = []
                for _ in 0..<2 {
                    let connection = try await RawConnection(port: server.port)
                    await connection.send(RawRequest.live)
                    _ = try await connection.answers(1)
                    speaking.append(connection)
                }
                let silent = [try await RawConnection(port: server.port), try await RawConnection(port: server.port)]
                // The event loops may accept the two connections in either order.
                try await wait(upTo: .seconds(8), for: "the end of one of the two") { silent.contains { $0.isClosed } }
                let third = try #require(silent.first { !$0.isClosed })
                await third.send(RawRequest.live)
                _ = try await third.answers(1)
                let tooMany = try await RawConnection(port: server.port)
                try await tooMany.closed()
                for connection in speaking + [third] {
                    await connection.send(RawRequest.live)
                    #expect(try await connection.answers(2).matches(of: /HTTP\/1\.1 200/).count == 2)
                }
                try await server.stop()
            }
        }

        /// Raises the limit of descriptors for the tests, if the machine permits it.
        private func raiseOwnLimit() throws {
            #if !canImport(Darwin)
                let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
                var limit = rlimit()
                guard getrlimit(resource, &limit) == 0, limit.rlim_cur < 4096 else { return }
                limit.rlim_cur = min(limit.rlim_max, 4096)
                setrlimit(resource, &limit)
            #endif
        }
    }
}
