import Foundation
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Testing

@testable import QoDServer

@Suite("Events over TLS", .timeLimit(.minutes(1)))
struct SinkTLSTests {
    private struct Seen: Equatable {
        let outcome: DeliveryOutcome
        let requests: Int
    }

    /// Delivers to a server with this certificate and host name; `trusted` says whether the
    /// sink trusts the tests' authority.
    private func outcome(_ certificate: (certificate: String, key: String), host: String, trusted: Bool) async throws -> Seen {
        try await TemporaryFolder.with { folder in
            try TestCertificates.authority.write(toFile: folder + "/ca.pem", atomically: true, encoding: .utf8)
            let server = try await RawServer(tls: certificate) { _, _ in HTTPEventSinkTests.delivered }
            let sink = try HTTPEventSinkTests.sink(FixedResolver(["127.0.0.1"])) {
                if trusted { $0.authorities = try TrustedAuthorities(and: folder + "/ca.pem") }
            }
            let outcome = await sink.deliver(HTTPEventSinkTests.event("https://\(host):\(server.port)/"))
            return Seen(outcome: outcome, requests: server.requests.count)
        }
    }

    private let sink = (certificate: TestCertificates.sink, key: TestCertificates.sinkKey)
    private let other = (certificate: TestCertificates.other, key: TestCertificates.otherKey)

    @Test("a sink whose certificate is good for its name, or for its address, gets its events")
    func trusted() async throws {
        #expect(try await outcome(sink, host: "sink.example", trusted: true) == Seen(outcome: .delivered, requests: 1))
        #expect(try await outcome(sink, host: "127.0.0.1", trusted: true) == Seen(outcome: .delivered, requests: 1))
    }

    @Test("a certificate that nobody vouches for, or for another name, is refused before anything is sent")
    func refused() async throws {
        #expect(try await outcome(sink, host: "sink.example", trusted: false) == Seen(outcome: .retry(.tls), requests: 0))
        #expect(try await outcome(other, host: "sink.example", trusted: true) == Seen(outcome: .retry(.tls), requests: 0))
        #expect(try await outcome(other, host: "127.0.0.1", trusted: true) == Seen(outcome: .retry(.tls), requests: 0))
    }

    @Test("a server that speaks no TLS is refused")
    func plain() async throws {
        let server = try await RawServer { _, _ in HTTPEventSinkTests.delivered }
        let outcome = try await HTTPEventSinkTests.sink(timeout: .seconds(1)).deliver(HTTPEventSinkTests.event("https://127.0.0.1:\(server.port)/"))
        #expect(outcome == .retry(.tls) || outcome == .retry(.timeout) || outcome == .retry(.closed))
        #expect(server.requests.isEmpty)
    }

    @Test("a token is got with a signed assertion, used until shortly before its end, and got anew when the sink refuses it")
    func privateKeyJWT() async throws {
        let pem = TestCertificates.sinkKey
        let key = try await PrivateKeyJWT(clientID: "platform", pem: pem, keyID: "k1")
        let tokens = try await RawServer { _, number in
            let json = "{\"access_token\":\"token-\(number)\",\"token_type\":\"Bearer\",\"expires_in\":3600}"
            return .answer("HTTP/1.1 200 OK\r\nContent-Length: \(json.utf8.count)\r\n\r\n\(json)")
        }
        let server = try await RawServer { request, number in number == 3 ? RawServer.status("401 Unauthorized") : HTTPEventSinkTests.delivered }
        let sink = try HTTPEventSinkTests.sink { $0.privateKeyJWT = key }
        let event = HTTPEventSinkTests.event(
            "http://127.0.0.1:\(server.port)/", credential: .privateKeyJWT(clientID: "platform", tokenURI: "http://127.0.0.1:\(tokens.port)/token"))
        #expect(await sink.deliver(event) == .delivered)
        #expect(await sink.deliver(event) == .delivered)
        #expect(await sink.deliver(event) == .retry(.status(401)))
        #expect(await sink.deliver(event) == .delivered)
        #expect(server.requests.map { $0.contains("Bearer token-1\r\n") } == [true, true, true, false])
        #expect(server.requests[3].contains("Bearer token-2\r\n"))
        #expect(tokens.requests.count == 2)
        let form = try #require(tokens.requests.first)
        #expect(form.contains("grant_type=client_credentials&client_id=platform&client_assertion=eyJ"))
        #expect(form.contains("client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"))
        #expect(!form.contains("PRIVATE KEY"))
    }

    @Test("where no token can be got the event waits, and nothing goes to the sink; the token's address is held to the same rules")
    func noToken() async throws {
        let key = try await PrivateKeyJWT(clientID: nil, pem: TestCertificates.sinkKey, keyID: "k1")
        let server = try await RawServer { _, _ in HTTPEventSinkTests.delivered }
        for answer in ["HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nno!"] {
            let tokens = try await RawServer { _, _ in .answer(answer) }
            let event = HTTPEventSinkTests.event(
                "http://127.0.0.1:\(server.port)/", credential: .privateKeyJWT(clientID: "c", tokenURI: "http://127.0.0.1:\(tokens.port)/"))
            #expect(try await HTTPEventSinkTests.sink { $0.privateKeyJWT = key }.deliver(event) == .retry(.noToken))
            #expect(tokens.requests.count == 1)
        }
        let inside = HTTPEventSinkTests.event(
            "http://127.0.0.1:\(server.port)/", credential: .privateKeyJWT(clientID: "c", tokenURI: "http://169.254.169.254/token"))
        #expect(try await HTTPEventSinkTests.sink { $0.privateKeyJWT = key }.deliver(inside) == .retry(.noToken))
        #expect(server.requests.isEmpty)
        await #expect(throws: PrivateKeyJWT.KeyUnusable.self) { try await PrivateKeyJWT(clientID: nil, pem: "nonsense", keyID: "k") }
    }
}
