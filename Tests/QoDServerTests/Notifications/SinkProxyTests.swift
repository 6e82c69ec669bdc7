import Foundation
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Testing

@testable import QoDServer

@Suite("Events through a proxy", .timeLimit(.minutes(1)))
struct SinkProxyTests {
    private static let certificate = (certificate: TestCertificates.sink, key: TestCertificates.sinkKey)

    /// Delivers to `https://HOST:PORT/`, a server with the tests' certificate. The proxy
    /// connects every host to this machine.
    private func deliver(
        to host: String = "sink.example", _ resolver: any AddressResolver = FixedResolver(["8.8.8.8"]), proxy: TunnelProxy,
        certificate: (certificate: String, key: String) = certificate, policy: SinkPolicy = SinkPolicy(), credentials: String? = nil,
        proxyResolves: Bool = false, times: Int = 1, timeout: Duration = .seconds(10)
    ) async throws -> (outcomes: [DeliveryOutcome], sink: RawServer) {
        try await TemporaryFolder.with { folder in
            try TestCertificates.authority.write(toFile: folder + "/ca.pem", atomically: true, encoding: .utf8)
            let server = try await RawServer(tls: certificate) { _, _ in HTTPEventSinkTests.delivered }
            let sink = try HTTPEventSinkTests.sink(resolver, timeout: timeout) {
                $0.policy = policy
                $0.authorities = try TrustedAuthorities(and: folder + "/ca.pem")
                $0.proxies = ProxyRules { _, _, _ in ForwardProxy(host: "127.0.0.1", port: proxy.port, basicCredentials: credentials) }
                $0.proxyResolves = proxyResolves
            }
            var outcomes: [DeliveryOutcome] = []
            for _ in 0..<times { outcomes.append(await sink.deliver(HTTPEventSinkTests.event("https://\(host):\(server.port)/"))) }
            return (outcomes, server)
        }
    }

    @Test("the proxy is asked for the address that was checked, and the certificate is checked against the name")
    func tunnel() async throws {
        let proxy = try await TunnelProxy()
        let (outcomes, sink) = try await deliver(proxy: proxy, credentials: "dXNlcjpwdw==", times: 3)
        #expect(outcomes == [.delivered, .delivered, .delivered] && sink.requests.count == 3)
        #expect(proxy.hosts == ["8.8.8.8:\(sink.port)"], "a tunnel is used again")
        #expect(proxy.requests[0].contains("\r\nProxy-Authorization: Basic dXNlcjpwdw==\r\n"))
        #expect(sink.requests[0].contains("\r\nHost: sink.example:\(sink.port)\r\n"))
        #expect(!sink.requests.joined().contains("Proxy-Authorization"), "the sink does not get the proxy's password")

        let other = try await deliver(proxy: proxy, certificate: (TestCertificates.other, TestCertificates.otherKey))
        #expect(other.outcomes == [.retry(.tls)] && other.sink.requests.isEmpty)
        let six = try await deliver(FixedResolver(["2001:4860::8888"]), proxy: proxy)
        #expect(six.outcomes == [.delivered] && proxy.hosts.last == "[2001:4860::8888]:\(six.sink.port)")
    }

    @Test("a name that leads inside is not told to the proxy", arguments: [
        ["10.0.0.1"], ["8.8.8.8", "192.168.0.1"], ["127.0.0.1"], ["169.254.169.254"], ["::1"], ["fd00::1"], ["64:ff9b::a00:1"],
    ])
    func inside(addresses: [String]) async throws {
        let proxy = try await TunnelProxy()
        let (outcomes, sink) = try await deliver(FixedResolver(addresses), proxy: proxy)
        #expect(outcomes == [.retry(.addressNotAllowed)] && sink.requests.isEmpty && proxy.requests.isEmpty)
    }

    @Test("a sink on this machine, where such are allowed, is not looked for on the proxy's")
    func loopback() async throws {
        let proxy = try await TunnelProxy()
        let policy = SinkPolicy(allowsHTTP: true, allowsPrivate: true)
        let (outcomes, sink) = try await deliver(FixedResolver(["127.0.0.1"]), proxy: proxy, policy: policy)
        #expect(outcomes == [.delivered] && sink.requests.count == 1 && proxy.requests.isEmpty)
    }

    @Test("where the proxy resolves it gets names as they are, but no address that is not allowed, in whatever form")
    func names() async throws {
        let proxy = try await TunnelProxy()
        let (outcomes, sink) = try await deliver(FixedResolver([]), proxy: proxy, proxyResolves: true)
        #expect(outcomes == [.delivered] && proxy.hosts == ["sink.example:\(sink.port)"])
        for host in ["10.0.0.1", "[fd00::1]", "127.1", "2130706433", "0x7f000001", "localhost", "a.localhost", "localhost."] {
            let inside = try await deliver(to: host, FixedResolver(["127.0.0.1"]), proxy: proxy, proxyResolves: true)
            #expect(inside.outcomes == [.retry(.addressNotAllowed)] && inside.sink.requests.isEmpty, "\(host)")
        }
        #expect(proxy.requests.count == 1)
    }

    @Test("a proxy that refuses is a problem of the proxy; where the proxy reaches nobody, the next address is tried")
    func refusals() async throws {
        for status in ["403 Forbidden", "407 Proxy Authentication Required", "302 Found\r\nLocation: http://127.0.0.1/", "500 Oops"] {
            let proxy = try await TunnelProxy { _ in .refusal(status) }
            let (outcomes, sink) = try await deliver(proxy: proxy)
            #expect(outcomes == [.retry(.proxy)] && sink.requests.isEmpty, "\(status)")
            try await eventually { proxy.clients == 0 }
        }
        let reachesOne = try await TunnelProxy { $0.contains("8.8.8.8") ? .refusal("502 Bad Gateway") : .tunnel() }
        let second = try await deliver(FixedResolver(["8.8.8.8", "9.9.9.9"]), proxy: reachesOne)
        #expect(second.outcomes == [.delivered] && reachesOne.hosts == ["8.8.8.8:\(second.sink.port)", "9.9.9.9:\(second.sink.port)"])
        let reachesNobody = try await TunnelProxy { _ in .refusal("504 Gateway Timeout") }
        #expect(try await deliver(proxy: reachesNobody).outcomes == [.retry(.unreachable)])
    }

    @Test("a proxy that is not there, or says nothing, is a failure in time that leaves no connection")
    func silence() async throws {
        let silent = try await TunnelProxy { _ in .silence }
        let (outcomes, sink) = try await deliver(proxy: silent, timeout: .milliseconds(500))
        #expect(outcomes == [.retry(.timeout)] && sink.requests.isEmpty && silent.requests.count == 1)
        try await eventually { silent.clients == 0 }
        // The port of a server that has ended.
        let port = try await RawServer { _, _ in .close }.port
        let sinkless = try HTTPEventSinkTests.sink(FixedResolver(["8.8.8.8"])) {
            $0.proxies = ProxyRules { _, _, _ in ForwardProxy(host: "127.0.0.1", port: port) }
        }
        try await eventually { await sinkless.deliver(HTTPEventSinkTests.event("https://sink.example/")) == .retry(.proxy) }
    }
}
