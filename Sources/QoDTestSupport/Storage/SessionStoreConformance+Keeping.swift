import QualityOnDemand
import SessionEngine
import Testing

extension SessionStoreConformance {
    /// The store returns every value exactly as it was stored.
    static let keeping: [Check] = [
        Check("a stored session is read back as it was, with every identifier and port") { store async throws in
            let device = try Device(
                phoneNumber: PhoneNumber("+99999991234"), networkAccessIdentifier: NetworkAccessIdentifier("device-1234@testcsp.net"),
                ipv4Address: DeviceIPv4Address(
                    publicAddress: IPv4Address("233.252.0.1"), privateAddress: IPv4Address("10.45.4.235"), publicPort: 1234),
                ipv6Address: DeviceIPv6Address("2001:DB8:45:0::1234"))
            let subject = Session.Subject(
                key: DeviceKey("device-1234"), device: device, identifiedBy: .ipv4Address, addresses: Fixture.addresses(1234))
            let flow = Flow(
                applicationServer: try ApplicationServer(ipv4Address: "198.51.100.7/24", ipv6Address: "2001:DB8::/64"),
                applicationServerPorts: try PortsSpec(ranges: [PortRange(first: 80, last: 80), PortRange(first: 8000, last: 9000)], ports: [443, 1]),
                devicePorts: try PortsSpec(ports: [65535, 5000]))
            let session = Session.requested(
                id: .make(at: Fixture.time), by: ClientID("a client, \"quoted\""), for: subject, flow: flow, profile: Fixture.profile().name,
                duration: 86_400,
                notification: NotificationTarget(
                    sink: "https://example.com/events?a=b", credential: .accessToken("sécret", expiresAt: Fixture.time.adding(seconds: 9))),
                at: Fixture.time)
            #expect(try await store.create(SessionCreation(session: session)).isCreated)
            #expect(try await store.session(session.id) == session)
        },
        Check("a list of addresses keeps its order and spelling") { store async throws in
            let list = try ApplicationServer(ipAddresses: ["2001:DB8::1", "198.51.100.1", "2001:db8:0::2"])
            let session = Fixture.session(flow: Flow(applicationServer: list))
            _ = try await store.create(SessionCreation(session: session))
            #expect(try await store.session(session.id)?.flow == session.flow)
        },
        Check("a session whose device the request did not name has none") { store async throws in
            let subject = Session.Subject(
                key: DeviceKey("x"), device: nil, identifiedBy: .phoneNumber, addresses: NetworkAddresses(ipv4: nil, ipv6: Fixture.addresses().ipv6))
            let session = Session.requested(
                id: .make(at: Fixture.time), by: Fixture.client, for: subject, flow: Fixture.flow(), profile: Fixture.profile().name,
                duration: 60, at: Fixture.time)
            _ = try await store.create(SessionCreation(session: session))
            #expect(try await store.session(session.id) == session)
        },
        Check("a session that was never stored is not there") { store async throws in
            #expect(try await store.session(.make(at: Fixture.time)) == nil)
            #expect(try await store.change([.make(at: Fixture.time)]) { $0.deleted(at: Fixture.time) } == [])
            #expect(try await store.count() == 0)
        },
        Check("a session in every state is read back as it was") { store async throws in
            let now = Fixture.time
            let requested = Fixture.session(flow: Fixture.flow("198.51.100.1"))
            let available = Fixture.session(flow: Fixture.flow("198.51.100.2"))
            let ended = Fixture.session(flow: Fixture.flow("198.51.100.3"))
            let refused = Fixture.session(flow: Fixture.flow("198.51.100.4"))
            let deleted = Fixture.session(flow: Fixture.flow("198.51.100.5"))
            for session in [requested, available, ended, refused, deleted] { _ = try await store.create(SessionCreation(session: session)) }
            var expected = [requested]
            expected += try await store.change([available.id]) { $0.networkBecameReady(at: now) }.map(\.session)
            expected += try await store.change([ended.id]) { session in
                session.networkBecameReady(at: now) + session.networkEnded(at: now.adding(seconds: 7)) + session.networkReleased()
            }.map(\.session)
            expected += try await store.change([refused.id]) { $0.networkEnded(at: now) }.map(\.session)
            expected += try await store.change([deleted.id]) { $0.deleted(at: now) }.map(\.session)
            #expect(expected.count == 5)
            for session in expected { #expect(try await store.session(session.id) == session) }
        },
        Check("ranks grow in the order of creation, over many calls and in one call") { store async throws in
            var ranks: [Int64] = []
            for index in 0..<20 {
                let group = (0..<3).map { SessionCreation(session: Fixture.session(device: 1000 + index * 3 + $0)) }
                for (creation, outcome) in zip(group, try await store.create(group)) {
                    guard case .created(let rank) = outcome else {
                        Issue.record("\(outcome)")
                        continue
                    }
                    ranks.append(rank)
                    #expect(try await store.session(creation.session.id)?.rank == rank)
                }
            }
            #expect(ranks.count == 60 && ranks == ranks.sorted() && Set(ranks).count == 60)
        },
        Check("what networks hold is read back as it was: at the session's site, and at the sites that its device has left") {
            store async throws in
            let session = Fixture.session()
            let (north, east) = (try SiteName("north"), try SiteName("east"))
            _ = try await store.create(SessionCreation(session: session))
            let handle = NetworkHandle("subscriptions/é 1")
            let steps: [@Sendable (inout Session) -> [SessionAction]] = [
                { $0.networkHolds(Placement(site: .default, generation: 1, handle: handle, status: .pending), at: Fixture.time) },
                { $0.networkHolds(Placement(site: .default, generation: 1, handle: handle, status: .ready), at: Fixture.time) },
                { $0.moved(to: north, as: DeviceKey("north/x"), addresses: Fixture.addresses(1001)) },
                { $0.networkHolds(Placement(site: north, generation: 2, status: .ready), at: Fixture.time) },
                { $0.moved(to: east, as: DeviceKey("east/x"), addresses: Fixture.addresses(1002)) },
                { $0.networkReleased(at: .default, upTo: 3) },
                { $0.moved(to: north, as: DeviceKey("north/x"), addresses: Fixture.addresses(1001)) },
                { $0.networkReleased(at: east, upTo: 4) },
            ]
            for step in steps {
                let change = try #require(try await store.change([session.id], step).first)
                #expect(change.session != change.before)
                #expect(try await store.session(session.id) == change.session)
            }
            let now = try #require(try await store.session(session.id))
            #expect(now.site == north && now.generation == 4 && now.formerPlacements.isEmpty && now.status == .available)
            // The flow is blocked for the device where it is now, and for nobody at the place where it was.
            #expect(try await store.create(SessionCreation(session: Fixture.session())).isCreated)
            _ = try await store.change([session.id]) { $0.deleted(at: Fixture.time) }
            _ = try await store.change([session.id]) { $0.networkReleased() }
            #expect(try await store.session(session.id) == nil)
        },
        Check("a session is found by the handle that its network gave it") { store async throws in
            let (first, second) = (Fixture.session(), Fixture.session(device: 1001))
            for session in [first, second] { _ = try await store.create(SessionCreation(session: session)) }
            _ = try await store.change([second.id]) {
                $0.networkHolds(Placement(site: .default, generation: 1, handle: NetworkHandle("b"), status: .ready), at: Fixture.time)
            }
            let found = try await store.sessions(withHandles: ["a", "b", "c"].map { NetworkHandle($0) })
            #expect(found.map(\.id) == [second.id])
        },
    ]
}
