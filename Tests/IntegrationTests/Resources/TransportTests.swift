import Foundation
import QoDTestSupport
import Testing

extension Integration {
    /// The exact rules of HTTP/1.1, on real sockets.
    @Suite struct TransportTests {
        @Test("requests that are no HTTP are answered 400 and are no error of the platform", .timeLimit(.minutes(1)))
        func broken() async throws {
            try await ServerProcess.with { server async throws in
                let creation = RawRequest.creation()
                let requests = [
                    creation + "Transfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                    creation + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
                    creation + "Content-Length: 9223372036854775808\r\n\r\n",
                    creation + "Content-Length: 99999999999999999999999\r\n\r\n",
                    "GET /health/live HTTP/1.1\r\n\r\n",
                    "GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                    "\u{16}\u{3}\u{1}no request\r\n\r\n",
                ]
                for request in requests {
                    let connection = try await RawConnection(port: server.port)
                    await connection.send(request)
                    let answer = try await connection.answers(1)
                    #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("INVALID_ARGUMENT"), "\(request): \(answer)")
                    #expect(answer.lowercased().contains("x-correlator: ") && answer.lowercased().contains("connection: close"), "\(answer)")
                    try await connection.closed()
                }
                let half = try await RawConnection(port: server.port)
                await half.send(creation + "Content-Length: 100\r\n\r\n{")
                half.finish()
                #expect(try await half.answers(1).hasPrefix("HTTP/1.1 400 "))
                for body in ["Content-Length: 100\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n5\r\nab"] {
                    let lost = try await RawConnection(port: server.port)
                    await lost.send(creation + body)
                    try await pause(for: .milliseconds(50))
                    try await lost.reset()
                }
                let after = try await RawConnection(port: server.port)
                await after.send(RawRequest.live)
                #expect(try await after.answers(1).hasPrefix("HTTP/1.1 200 "))
                #expect(!server.process.errors.contains(" error "), "\(server.process.errors)")
            }
        }

        @Test("a client that waits for 100 Continue gets it, or a final answer at once", .timeLimit(.minutes(1)))
        func expecting() async throws {
            try await ServerProcess.with { server async throws in
                let body = """
                    {"device":{"phoneNumber":"+99999991000"},"applicationServer":{"ipv4Address":"198.51.100.7"},"qosProfile":"QOS_L","duration":60}
                    """
                let ending = "Expect: 100-continue\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                let waiting = try await RawConnection(port: server.port)
                await waiting.send(RawRequest.creation() + ending)
                try await wait(upTo: .seconds(20), for: "100 Continue") { waiting.received.hasPrefix("HTTP/1.1 100 Continue\r\n\r\n") }
                await waiting.send(body)
                #expect(try await waiting.answers(1).contains("HTTP/1.1 201 "))
                await waiting.send(RawRequest.live)
                _ = try await waiting.answers(2)
                let unknown = try await RawConnection(port: server.port)
                await unknown.send(RawRequest.creation(key: nil) + ending)
                #expect(try await unknown.answers(1).hasPrefix("HTTP/1.1 401 "), "without the body")
                try await unknown.closed()
                let form = "grant_type=client_credentials"
                let token = try await RawConnection(port: server.port)
                await token.send(
                    "POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic c2FuZGJveDpzYW5kYm94\r\n"
                        + "Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\nContent-Length: \(form.utf8.count)\r\n\r\n")
                try await wait(upTo: .seconds(20), for: "100 Continue") { token.received.hasPrefix("HTTP/1.1 100 Continue\r\n\r\n") }
                await token.send(form)
                #expect(try await token.answers(1).contains("access_token"))
                let other = try await RawConnection(port: server.port)
                await other.send(RawRequest.creation() + "Expect: tea\r\nContent-Length: 2\r\n\r\n{}")
                #expect(try await other.answers(1).hasPrefix("HTTP/1.1 417 "))
            }
        }

        @Test("HTTP/1.0 is closed unless the client wants to go on", .timeLimit(.minutes(1)))
        func old() async throws {
            try await ServerProcess.with { server async throws in
                let once = try await RawConnection(port: server.port)
                await once.send("GET /health/live HTTP/1.0\r\n\r\n")
                #expect(try await once.answers(1).contains("200 OK"))
                try await once.closed()
                let again = try await RawConnection(port: server.port)
                for count in 1...2 {
                    await again.send("GET /health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                    #expect(try await again.answers(count).lowercased().contains("connection: keep-alive"))
                }
            }
        }

        @Test("requests sent ahead are answered in order, also when nothing follows them", .timeLimit(.minutes(1)))
        func pipelined() async throws {
            try await ServerProcess.with { server async throws in
                let connection = try await RawConnection(port: server.port)
                let requests = (0..<500).map { "GET /health/live HTTP/1.1\r\nHost: localhost\r\nx-correlator: number-\($0)\r\n\r\n" }
                await connection.send(requests.joined())
                connection.finish()
                let answer = try await connection.answers(500)
                let numbers = answer.matches(of: /number-([0-9]+)/).compactMap { Int($0.1) }
                #expect(numbers == Array(0..<500))
                try await connection.closed()
            }
        }

        @Test("a path with an empty part is no route's", .timeLimit(.minutes(1)))
        func emptyParts() async throws {
            try await ServerProcess.with { server async throws in
                for path in ["//metrics", "/metrics/", "/health//live", "/health/live/", "//health/live"] {
                    let answer = try await RawExchange.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", port: server.port)
                    #expect(answer.hasPrefix("HTTP/1.1 404 "), "\(path): \(answer)")
                }
            }
        }
    }
}
