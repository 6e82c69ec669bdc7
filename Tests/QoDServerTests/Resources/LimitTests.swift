import NIOCore
import Testing

@testable import QoDServer

@Suite("The bounds of resources")
struct LimitTests {
    @Test("leave room for what is no connection, on every machine", arguments: [64, 100, 256, 1024, 4096, 65_536, 262_144])
    func descriptors(_ descriptors: Int) {
        for memory in [256 << 20, 4 << 30, 256 << 30] {
            let limits = ResourceLimits(Machine(descriptors: descriptors, memory: memory, processors: 2))
            let most = limits.connections + ResourceLimits.margin(limits.connections) + limits.sinkConnections + limits.resolverThreads
            #expect(most + ResourceLimits.reservedDescriptors <= descriptors)
            #expect(limits.connections >= 8 && limits.connectionsPerAddress >= 1 && limits.sinkConnections >= 2)
            #expect(limits.connections * ResourceLimits.bytesPerConnection <= memory / 2)
            #expect((limits.bodyBytesPerClient...max(memory / 8, 8 << 20)).contains(limits.bodyBytes))
        }
    }

    @Test("can be set, and stay possible")
    func wished() {
        var wished = ResourceLimits.Wished()
        (wished.connections, wished.connectionsPerAddress) = (1_000_000, 2_000_000)
        (wished.bodyBytes, wished.bodyBytesPerClient, wished.largestBody) = (1 << 20, 1 << 10, 4 << 20)
        let limits = ResourceLimits(Machine(descriptors: 1024, memory: 1 << 30, processors: 1), wished)
        #expect(limits.connections < 1024 && limits.connectionsPerAddress == limits.connections)
        #expect(limits.bodyBytes == 4 << 20 && limits.bodyBytesPerClient == 4 << 20, "one body always fits")
    }

    @Test("are held by an account, which counts what it refuses")
    func account() {
        let account = ResourceAccount("things", limit: 3)
        #expect(account.take(2) && account.take() && !account.take() && !account.take(2))
        #expect(account.used == 3 && account.refused == 2)
        account.giveBack(2)
        #expect(account.take(2) && account.used == 3)
    }

    @Test("give each holder a share, and others theirs")
    func shares() {
        let shares = Shares(limit: 10)
        let places = (0..<200).map { shares.place(of: $0) }
        for place in places { for _ in 0..<5 { _ = shares.take(for: place) } }
        #expect(places.allSatisfy { shares.amount($0) >= 5 }, "no holder's units are forgotten")
        for place in places { shares.giveBack(5, for: place) }
        #expect(places.allSatisfy { shares.amount($0) == 0 })
        let (one, two) = (shares.place(of: "one"), shares.place(of: "two"))
        for _ in 0..<10 { #expect(shares.take(for: one)) }
        #expect(!shares.take(for: one) && shares.amount(one) == 10)
        #expect(shares.take(10, for: two) && !shares.take(for: two))
    }

    @Test("count one IPv6 network, and one IPv4 address however it is written, as one source")
    func sources() throws {
        func source(_ text: String) throws -> SourceAddress { SourceAddress(try SocketAddress(ipAddress: text, port: 1)) }
        #expect(try source("2001:db8:0:1::1") == source("2001:db8:0:1:ffff::2"))
        #expect(try source("2001:db8:0:1::1") != source("2001:db8:0:2::1"))
        #expect(try source("::ffff:192.0.2.1") == source("192.0.2.1"))
        #expect(try source("192.0.2.1") != source("192.0.2.2"))
        #expect(SourceAddress(nil) == SourceAddress(nil))
    }
}
