import Foundation
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Devices that stand for themselves, by two addresses")
struct AddressPairTests {
    private static let subnets = ["10.45.0.0/16", "2001:db8:45::/48 per /64"]

    /// dnsmasq's file: an IPv4 lease, and IPv6 leases by a DUID that is made of a hardware address.
    private func directory(
        _ leases: String, _ entries: [DeviceEntry] = [], clock: TestClock = TestClock(), _ body: (GatewayDirectory) async throws -> Void
    ) async throws {
        try await TemporaryFolder.with { folder in
            try Data(leases.utf8).write(to: URL(filePath: folder + "/leases"))
            try await body(Entries.directory(entries, subnets: Self.subnets, clock: clock) { $0.leases = ["\(folder)/leases"] })
        }
    }

    private static let end = 1_790_000_000 + 100_000
    private static func leases(_ mac6: String = "02:00:00:00:00:01") -> String {
        """
        \(end) 02:00:00:00:00:01 10.45.0.7 * *
        \(end) 02:00:00:00:00:03 10.45.0.9 * *
        duid 00:01:00:01:2a:bb:cc:dd:02:00:00:00:00:99
        \(end) 1 2001:db8:45:7::5 * 00:03:00:01:\(mac6)

        """
    }

    @Test("with leases of one hardware address both are the device's, under one key, whichever is named afterwards")
    func proven() async throws {
        try await directory(Self.leases()) { directory in
            let both = try Entries.addresses("10.45.0.7", "2001:db8:45:7::/64")
            let found = try await directory.resolve(Entries.device(ipv4: "10.45.0.7", ipv6: "2001:db8:45:7::99"))
            #expect(found == ResolvedDevice(key: DeviceKey("10.45.0.7"), identifiedBy: .ipv4Address, addresses: both))
            let six = try await directory.resolve(Entries.device(ipv6: "2001:db8:45:7::1"))
            #expect(six == ResolvedDevice(key: DeviceKey("10.45.0.7"), identifiedBy: .ipv6Address, addresses: both))
            #expect(try await directory.resolve(Entries.device(ipv4: "10.45.0.7")).key == DeviceKey("10.45.0.7"))
            #expect(try await directory.addresses(of: found.key, formerly: both) == both)
            // Another device's address beside it is not the same device's.
            let other = try await directory.resolve(Entries.device(ipv4: "10.45.0.9", ipv6: "2001:db8:45:7::99"))
            #expect(try other.key == DeviceKey("10.45.0.9") && other.addresses == Entries.addresses("10.45.0.9"))
        }
    }

    @Test("with leases of two hardware addresses, or without any, only the first is served", arguments: [leases("02:00:00:00:00:02"), ""])
    func unproven(leases: String) async throws {
        try await directory(leases) { directory in
            let found = try await directory.resolve(Entries.device(ipv4: "10.45.0.7", ipv6: "2001:db8:45:7::5"))
            #expect(try found == ResolvedDevice(key: DeviceKey("10.45.0.7"), identifiedBy: .ipv4Address, addresses: Entries.addresses("10.45.0.7")))
            #expect(try await directory.resolve(Entries.device(ipv6: "2001:db8:45:7::5")).key == DeviceKey("2001:db8:45:7::/64"))
        }
    }

    @Test("a prefix that has sessions of its own stays a device of its own as long as it has some")
    func alone() async throws {
        let clock = TestClock()
        try await directory(Self.leases(), clock: clock) { directory in
            let six = try await directory.resolve(Entries.device(ipv6: "2001:db8:45:7::5"))
            #expect(six.key == DeviceKey("2001:db8:45:7::/64"))
            // As the engine asks for each session, again and again.
            _ = try await directory.addresses(of: six.key, formerly: six.addresses)
            let device = try Entries.device(ipv4: "10.45.0.7", ipv6: "2001:db8:45:7::5")
            #expect(try await directory.resolve(device).addresses == Entries.addresses("10.45.0.7"))
            clock.advance(by: .seconds(800))
            _ = try await directory.addresses(of: six.key, formerly: six.addresses)
            clock.advance(by: .seconds(800))
            #expect(try await directory.resolve(device).addresses == Entries.addresses("10.45.0.7"))
            clock.advance(by: .seconds(200))
            #expect(try await directory.resolve(device).addresses == Entries.addresses("10.45.0.7", "2001:db8:45:7::/64"))
        }
    }

    @Test("a directory that starts anew knows from a session of both addresses that they are one device's")
    func restarted() async throws {
        try await directory("") { directory in
            let both = try Entries.addresses("10.45.0.7", "2001:db8:45:7::/64")
            #expect(try await directory.addresses(of: DeviceKey("10.45.0.7"), formerly: both) == both)
            #expect(try await directory.resolve(Entries.device(ipv6: "2001:db8:45:7::5")).key == DeviceKey("10.45.0.7"))
            #expect(try await directory.resolve(Entries.device(ipv4: "10.45.0.7", ipv6: "2001:db8:45:7::5")).addresses == both)
        }
    }

    @Test("an address that an entry has is the entry's, whatever is named beside it")
    func entered() async throws {
        try await directory(Self.leases(), [Entries.entry(phone: Entries.phone, ipv4: "10.45.0.7"), Entries.entry(phone: "+3612345678", ipv6: "2001:db8:45:8::1")]) {
            directory in
            let four = try await directory.resolve(Entries.device(ipv4: "10.45.0.7", ipv6: "2001:db8:45:7::5"))
            #expect(try four.key == DeviceKey("phone:\(Entries.phone)") && four.addresses == Entries.addresses("10.45.0.7"))
            let six = try await directory.resolve(Entries.device(ipv4: "10.45.0.9", ipv6: "2001:db8:45:8::5"))
            #expect(try six.key == DeviceKey("10.45.0.9") && six.addresses == Entries.addresses("10.45.0.9"))
        }
    }

    @Test("neighbours are one device where a network card has both addresses, and no other IPv4 address")
    func neighbours() throws {
        func neighbour(_ address: String, _ mac: String = "02:00:00:00:00:01", on interface: Int32 = 3) throws -> Neighbour {
            let single = try (try? IPSubnet(ipv4: address)) ?? IPSubnet(ipv6: address)
            return Neighbour(place: .init(interface: interface, hardwareAddress: try HardwareAddress(mac)), address: single)
        }
        let (four, six) = (try IPv4Address("10.45.0.7"), try IPSubnet(ipv6: "2001:db8:45:7::/64"))
        func areSame(_ neighbours: Neighbour...) -> Bool { NeighbourLookup.areSameDevice(four, six, neighbours) }
        let first = try neighbour("10.45.0.7")
        #expect(try areSame(first, neighbour("2001:db8:45:7::9"), neighbour("fe80::1"), neighbour("2001:db8:45:8::1")))
        #expect(try areSame(first, neighbour("2001:db8:45:7::9"), neighbour("10.45.0.8", "02:00:00:00:00:02")))
        #expect(try !areSame(first, neighbour("2001:db8:45:8::9"), neighbour("fe80::1")))
        #expect(try !areSame(first, neighbour("2001:db8:45:7::9", "02:00:00:00:00:02")))
        #expect(try !areSame(first, neighbour("2001:db8:45:7::9", on: 4)))
        #expect(try !areSame(first, neighbour("2001:db8:45:7::9"), neighbour("10.45.0.8")), "a router's or a proxy's card")
        #expect(try !areSame(first, neighbour("10.45.0.7", "02:00:00:00:00:02"), neighbour("2001:db8:45:7::9")), "an address at two cards")
        #expect(try !areSame(neighbour("2001:db8:45:7::9")))
    }
}
