import NIOConcurrencyHelpers
import NIOCore
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Testing

@testable import QoDServer

/// Answers with the first list, then the second, and so on; the last list answers all further look-ups.
final class FixedResolver: AddressResolver {
    private let answers: NIOLockedValueBox<[[String]]>
    private let asked = NIOLockedValueBox<[String]>([])

    init(_ answers: [String]...) {
        self.answers = NIOLockedValueBox(answers)
    }

    var names: [String] { asked.withLockedValue { $0 } }

    func addresses(of name: String, on loop: any EventLoop) -> EventLoopFuture<[SinkAddress]> {
        asked.withLockedValue { $0.append(name) }
        let texts = answers.withLockedValue { $0.count > 1 ? $0.removeFirst() : $0[0] }
        return loop.makeSucceededFuture(texts.compactMap { SinkAddress(literal: $0) })
    }
}

@Suite("Where events may go", .timeLimit(.minutes(1)))
struct SinkAddressTests {
    static let reaches: [(String, SinkAddress.Reach)] = [
        ("8.8.8.8", .global), ("1.1.1.1", .global), ("172.15.255.255", .global), ("172.32.0.0", .global), ("100.63.255.255", .global),
        ("100.128.0.0", .global), ("169.253.255.255", .global), ("11.0.0.0", .global), ("223.255.255.255", .global), ("198.17.255.255", .global),
        ("198.20.0.0", .global), ("192.0.1.1", .global),
        ("10.0.0.0", .inside), ("10.255.255.255", .inside), ("172.16.0.1", .inside), ("172.31.255.255", .inside), ("192.168.0.1", .inside),
        ("127.0.0.1", .inside), ("127.255.255.254", .inside), ("169.254.0.1", .inside), ("100.64.0.1", .inside), ("100.127.255.255", .inside),
        ("192.0.0.1", .inside), ("192.0.2.1", .inside), ("198.51.100.1", .inside), ("203.0.113.9", .inside), ("198.18.0.1", .inside),
        ("198.19.255.255", .inside), ("192.88.99.1", .inside),
        ("169.254.169.254", .never), ("100.100.100.200", .never), ("0.0.0.0", .never), ("0.1.2.3", .never), ("224.0.0.1", .never), ("239.255.255.255", .never),
        ("240.0.0.1", .never), ("255.255.255.255", .never),
        ("2606:4700::1111", .global), ("2a00:1450::1", .global), ("2001:4860:4860::8888", .global), ("2001:200::1", .global),
        ("::1", .inside), ("fe80::1", .inside), ("febf::1", .inside), ("fc00::1", .inside), ("fd12:3456::1", .inside), ("fec0::1", .inside),
        ("2001:db8::1", .inside), ("2001::1", .inside), ("2001:1ff::1", .inside), ("3fff::1", .inside), ("100::1", .inside), ("4000::1", .inside),
        ("::7f00:1", .inside), ("64:ff9b:1::a00:1", .inside),
        ("::", .never), ("ff02::1", .never), ("ff0e::1", .never), ("fd00:ec2::254", .never),
        ("::ffff:127.0.0.1", .inside), ("::ffff:10.1.2.3", .inside), ("::ffff:169.254.169.254", .never), ("::ffff:8.8.8.8", .global),
        ("64:ff9b::10.0.0.1", .inside), ("64:ff9b::8.8.8.8", .global), ("64:ff9b::169.254.169.254", .never),
        ("2002:7f00:1::1", .inside), ("2002:a9fe:a9fe::", .never), ("2002:808:808::1", .global),
    ]

    @Test("each kind of address is known", arguments: reaches)
    func table(text: String, reach: SinkAddress.Reach) throws {
        #expect(try #require(SinkAddress(literal: text)).reach == reach)
    }

    @Test("an address inside is refused whatever notation it is in, and nothing is sent")
    func literals() async throws {
        let server = try await RawServer { _, _ in HTTPEventSinkTests.delivered }
        let sink = try HTTPEventSinkTests.sink { $0.policy.allowsPrivate = false }
        for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1"] {
            let outcome = await sink.deliver(HTTPEventSinkTests.event("http://\(host):\(server.port)/"))
            #expect(outcome == .retry(.addressNotAllowed) || outcome == .retry(.unknownHost), "\(host): \(outcome)")
        }
        #expect(server.connections == 0)
    }

    @Test("http is refused where it is not allowed, and so is whatever is no address")
    func schemes() async throws {
        let sink = try HTTPEventSinkTests.sink { $0.policy.allowsHTTP = false }
        for text in ["http://example.com/", "ftp://example.com/", "https://", "https://user@example.com/", "https://a%00b/", "nonsense"] {
            #expect(await sink.deliver(HTTPEventSinkTests.event(text)) == .stop(.sinkNotAllowed), "\(text)")
        }
    }

    @Test("the metadata service is refused even where addresses inside are allowed")
    func metadata() async throws {
        #expect(try await HTTPEventSinkTests.sink().deliver(HTTPEventSinkTests.event("http://169.254.169.254/latest")) == .retry(.addressNotAllowed))
    }

    @Test("a name that turns private on the second look-up is refused on the second attempt, though a connection is open")
    func rebinding() async throws {
        let server = try await RawServer { _, _ in HTTPEventSinkTests.delivered }
        // The policy allows the first address, so the first attempt connects to this machine. Then the name resolves
        // to an address that no policy allows, so a second connection to this machine can only be a mistake.
        let resolver = FixedResolver(["127.0.0.1"], ["169.254.169.254"])
        let sink = try HTTPEventSinkTests.sink(resolver)
        let event = HTTPEventSinkTests.event("http://rebind.example:\(server.port)/")
        #expect(await sink.deliver(event) == .delivered)
        #expect(await sink.deliver(event) == .retry(.addressNotAllowed))
        #expect(server.requests.count == 1)
        #expect(server.requests[0].contains("Host: rebind.example:\(server.port)\r\n"))
        #expect(resolver.names == ["rebind.example", "rebind.example"])
    }

    @Test("one address inside among those of a name is enough to refuse it; a name without address is unknown")
    func mixed() async throws {
        let server = try await RawServer { _, _ in HTTPEventSinkTests.delivered }
        let event = HTTPEventSinkTests.event("http://mixed.example:\(server.port)/")
        let strict: @Sendable (inout SinkConfiguration) -> Void = { $0.policy.allowsPrivate = false }
        #expect(try await HTTPEventSinkTests.sink(FixedResolver(["8.8.8.8", "127.0.0.1"]), strict).deliver(event) == .retry(.addressNotAllowed))
        #expect(try await HTTPEventSinkTests.sink(FixedResolver(["::ffff:10.0.0.1"]), strict).deliver(event) == .retry(.addressNotAllowed))
        #expect(try await HTTPEventSinkTests.sink(FixedResolver([])).deliver(event) == .retry(.unknownHost))
        #expect(server.connections == 0)
    }

    @Test("where the first address does not take the connection, the next one is tried")
    func nextAddress() async throws {
        let server = try await RawServer { _, _ in HTTPEventSinkTests.delivered }
        let sink = try HTTPEventSinkTests.sink(FixedResolver(["127.0.0.9", "127.0.0.1"]))
        #expect(await sink.deliver(HTTPEventSinkTests.event("http://two.example:\(server.port)/")) == .delivered)
    }
}
