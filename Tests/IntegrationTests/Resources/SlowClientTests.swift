import Foundation
import QoDTestSupport
import Testing

extension Integration {
    /// Clients that send slowly, read slowly, or do neither.
    @Suite struct SlowClientTests {
        @Test("bodies that come byte by byte take no place from others, and end after their time", .timeLimit(.minutes(2)))
        func dripping() async throws {
            try await TemporaryFolder.with { folder in
                let server = try await ServerProcess.start(
                    in: folder, environment: ["NAC_LIMITS_MAX_IN_FLIGHT": "8", "NAC_SERVER_BODY_TIMEOUT": "5"])
                var drips: [RawConnection] = []
                for _ in 0..<100 {
                    let drip = try await RawConnection(port: server.port)
                    await drip.send(RawRequest.creation() + "Content-Length: 1000\r\n\r\n{")
                    drips.append(drip)
                }
                let client = try await RawConnection(port: server.port)
                for count in 1...5 {
                    for drip in drips { await drip.send(" ") }
                    await client.send(RawRequest.profile(key: "sandbox-2"))
                    #expect(try await client.answers(count).matches(of: /HTTP\/1\.1 200/).count == count)
                }
                for drip in drips {
                    try await drip.closed()
                    #expect(drip.received.isEmpty || drip.received.hasPrefix("HTTP/1.1 408 "))
                }
                #expect(drips.contains { $0.received.hasPrefix("HTTP/1.1 408 ") })
                try await server.stop()
            }
        }

        @Test("the bytes of one client's bodies are bounded, and another client's are taken", .timeLimit(.minutes(1)))
        func bodyBytes() async throws {
            try await TemporaryFolder.with { folder in
                let server = try await ServerProcess.start(
                    in: folder, environment: ["NAC_LIMITS_BODY_BYTES": "8388608", "NAC_LIMITS_BODY_BYTES_PER_CLIENT": "4194304"])
                let first = try await RawConnection(port: server.port)
                await first.send(RawRequest.creation() + "Content-Length: 4000000\r\n\r\n{")
                let second = try await RawConnection(port: server.port)
                try await wait(upTo: .seconds(20), for: "the first body's bytes") {
                    let answer = try await RawClient(address: server.address).send("GET", "/metrics")
                    return String(decoding: answer.body, as: UTF8.self).contains("nac_resource_used{resource=\"body_bytes\"} 4000000\n")
                }
                await second.send(RawRequest.creation() + "Content-Length: 400000\r\n\r\n")
                let refused = try await second.answers(1)
                #expect(refused.hasPrefix("HTTP/1.1 429 ") && refused.contains("retry-after: 1") || refused.contains("Retry-After: 1"), "\(refused)")
                let other = try await RawConnection(port: server.port)
                await other.send(RawRequest.creation(key: "sandbox-2") + "Content-Length: 4000000\r\nExpect: 100-continue\r\n\r\n")
                try await wait(upTo: .seconds(20), for: "100 Continue") { other.received.hasPrefix("HTTP/1.1 100 ") }
                let tooLarge = try await RawConnection(port: server.port)
                await tooLarge.send(RawRequest.creation() + "Content-Length: 5000000\r\n\r\n")
                #expect(try await tooLarge.answers(1).hasPrefix("HTTP/1.1 413 "), "before a byte of it has come")
                try await server.stop(within: .seconds(60))
            }
        }

        @Test("a body behind a refusal is not read for ever", .timeLimit(.minutes(1)))
        func endless() async throws {
            try await ServerProcess.with { server async throws in
                let connection = try await RawConnection(port: server.port)
                await connection.send(RawRequest.creation(key: nil) + "Transfer-Encoding: chunked\r\n\r\n")
                let chunk = "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
                var sent = 0
                while await connection.send(chunk), sent < 4000 { sent += 1 }
                // The limit covers the kernel's buffers and the discarded bytes.
                #expect(sent < 1000, "250 MB were read")
                #expect(connection.received.hasPrefix("HTTP/1.1 401 "), "\(connection.received)")
            }
        }

        @Test("the connection of a client that reads nothing of its answers ends", .timeLimit(.minutes(2)))
        func unread() async throws {
            try await TemporaryFolder.with { folder in
                let server = try await ServerProcess.start(in: folder, environment: ["NAC_SERVER_IDLE_TIMEOUT": "2"])
                let connection = try await RawConnection(port: server.port, reads: false)
                for _ in 0..<100 { connection.sendLater(String(repeating: RawRequest.profiles, count: 100)) }
                try await wait(upTo: .seconds(90), for: "the end of the connection") {
                    let answer = try await RawClient(address: server.address).send("GET", "/metrics")
                    let text = String(decoding: answer.body, as: UTF8.self)
                    return text.contains("nac_resource_used{resource=\"connections\"} 1\n")
                }
                try await server.stop()
            }
        }

        @Test("SIGTERM ends the server soon, whatever its clients do", .timeLimit(.minutes(3)))
        func stopping() async throws {
            try await TemporaryFolder.with { folder in
                let server = try await ServerProcess.start(in: folder, environment: ["NAC_SERVER_DRAIN_TIMEOUT": "3"])
                var connections: [RawConnection] = []
                for _ in 0..<30 {
                    let connection = try await RawConnection(port: server.port, reads: false)
                    for _ in 0..<40 { connection.sendLater(String(repeating: RawRequest.profiles, count: 100)) }
                    connections.append(connection)
                }
                for _ in 0..<5 {
                    let connection = try await RawConnection(port: server.port)
                    await connection.send(RawRequest.creation() + "Content-Length: 1000\r\n\r\n{")
                    connections.append(connection)
                }
                try await server.stop(within: .seconds(40))
                _ = connections
            }
        }
    }
}
