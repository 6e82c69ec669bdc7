import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Devices with a prefix")
struct DevicePrefixTests {
    private func key(_ ipv6: String, _ directory: GatewayDirectory) async throws -> ResolvedDevice {
        try await directory.resolve(Entries.device(ipv6: ipv6))
    }

    @Test("each address of a prefix is the same device, whichever was named", arguments: [
        ("2001:db8:45::/48 per /64", "2001:db8:45:7::/64", ["2001:db8:45:7::", "2001:db8:45:7::1", "2001:db8:45:7:ffff:ffff:ffff:ffff"], "2001:db8:45:8::"),
        ("2001:db8:45::/48 per /56", "2001:db8:45:700::/56", ["2001:db8:45:700::", "2001:db8:45:7ff::1"], "2001:db8:45:800::"),
        ("2001:db8:45::/48 per /63", "2001:db8:45:6::/63", ["2001:db8:45:6::1", "2001:db8:45:7::1"], "2001:db8:45:8::"),
        ("2001:db8:45::/48 per /127", "2001:db8:45::2/127", ["2001:db8:45::2", "2001:db8:45::3"], "2001:db8:45::4"),
        ("2001:db8:45::/48 per /128", "2001:db8:45::2", ["2001:db8:45::2"], "2001:db8:45::3"),
        ("2001:db8:45::/48", "2001:db8:45::2", ["2001:db8:45::2"], "2001:db8:45::3"),
        ("2001:db8:45::/48 per /48", "2001:db8:45::/48", ["2001:db8:45::2", "2001:db8:45:ffff::"], nil as String?),
    ])
    func prefixes(subnet: String, prefix: String, inside: [String], outside: String?) async throws {
        let directory = try Entries.directory(subnets: [subnet])
        for address in inside {
            let found = try await key(address, directory)
            #expect(found.key == DeviceKey(prefix))
            #expect(try found.addresses == Entries.addresses(nil, prefix))
            #expect(try await directory.addresses(of: found.key, formerly: found.addresses) == found.addresses)
        }
        if let outside { #expect(try await key(outside, directory).key != DeviceKey(prefix)) }
    }

    @Test("subnets say in the configuration what a device is; a length that cannot be one is an error which says what can", arguments: [
        ("2001:db8:45::/48 per /47", "\"2001:db8:45::/48 per /47\": a device's prefix length in this subnet is not in 48...128"),
        ("2001:db8:45::/48 per /129", "\"2001:db8:45::/48 per /129\": a device's prefix length in this subnet is not in 48...128"),
        ("::/0 per /31", "\"::/0 per /31\": a device's prefix length in this subnet is not in 32...128"),
        ("10.45.0.0/16 per /24", "\"10.45.0.0/16 per /24\": an IPv4 device has one address; only an IPv6 device can have a prefix"),
        ("2001:db8:45::/48 per 64", "\"64\" is not the prefix length of a device, such as /64"),
        ("2001:db8:45::/48 per /064", "\"/064\" is not the prefix length of a device, such as /64"),
        ("2001:db8:45::/48 per /-1", "\"2001:db8:45::/48 per /-1\": a device's prefix length in this subnet is not in 48...128"),
        ("2001:db8:45::/48 per /+64", "\"/+64\" is not the prefix length of a device, such as /64"),
        ("2001:db8:45::/48 /64", "\"2001:db8:45::/48 /64\" is not a subnet such as 10.45.0.0/16, 2001:db8:45::/48 or 2001:db8:45::/48 per /64"),
        ("", "\"\" is not a subnet such as 10.45.0.0/16, 2001:db8:45::/48 or 2001:db8:45::/48 per /64"),
    ])
    func lengths(text: String, reason: String) throws {
        let error = #expect(throws: InvalidValue.self) { try DeviceSubnet(text) }
        #expect(error?.reason == reason)
    }

    @Test("what is written for a subnet is read again")
    func written() throws {
        for text in ["10.45.0.0/16", "10.45.0.0/16 per /32", "2001:db8:45::/48", "2001:db8:45::/48  per /64", "2001:db8::/32 per /128"] {
            let subnet = try DeviceSubnet(text)
            #expect(try DeviceSubnet(subnet.description) == subnet)
        }
    }

    @Test("an entry has the prefix that it names, or that of the subnet which its address is in")
    func entries() async throws {
        let directory = try Entries.directory(
            [
                try Entries.entry(phone: Entries.phone, ipv6: "2001:db8:45:7::5"), try Entries.entry(name: Entries.name, ipv6: "2001:db8:46::/56"),
                try Entries.entry(ipv6: "2001:db8:45:9::5"), try Entries.entry(phone: "+3612345678", ipv6: "2001:db8:47::5"),
                // Its address only is written with bits past its prefix.
                try Entries.entry(name: "wide@site.example", ipv6: "2001:db8:45:1234::1/56"),
            ],
            subnets: ["2001:db8:45::/48 per /64"])
        let phone = try await key("2001:db8:45:7::1234", directory)
        #expect(try phone.key == DeviceKey("phone:\(Entries.phone)") && phone.addresses == Entries.addresses(nil, "2001:db8:45:7::/64"))
        #expect(try await key("2001:db8:46:ff::1", directory).key == DeviceKey("nai:\(Entries.name)"))
        // An entry of an address only has the key of the prefix that stands for itself.
        #expect(try await key("2001:db8:45:9::77", directory).key == DeviceKey("2001:db8:45:9::/64"))
        #expect(try await key("2001:db8:47::5", directory).key == DeviceKey("phone:+3612345678"))
        await #expect(throws: DirectoryError.notFound) { try await key("2001:db8:47::6", directory) }
        let wide = try await key("2001:db8:45:12ff::1", directory)
        #expect(try wide.key == DeviceKey("nai:wide@site.example") && wide.addresses == Entries.addresses(nil, "2001:db8:45:1200::/56"))
        #expect(try await key("2001:db8:45:1300::1", directory).key == DeviceKey("2001:db8:45:1300::/64"))
    }

    @Test("entries that share a prefix, and devices that are a part of another one, are errors that name both")
    func contradictions() throws {
        func reason(_ entries: [DeviceEntry], _ subnets: [String] = ["2001:db8:45::/48 per /64"]) -> String? {
            do {
                _ = try Entries.directory(entries, subnets: subnets)
                return nil
            } catch { return "\(error)" }
        }
        let first = try Entries.entry(ipv6: "2001:db8:45:7::1", place: "first")
        #expect(try reason([first, Entries.entry(ipv6: "2001:db8:45:7::2", place: "second")]) == "second.ipv6Address: 2001:db8:45:7::/64 is also that of first; each device needs its own")
        #expect(try reason([first, Entries.entry(ipv6: "2001:db8:45::/56", place: "second")]) == "first.ipv6Address: 2001:db8:45:7::/64 is a part of the device of second")
        #expect(
            try reason([Entries.entry(ipv6: "2001:db8:45:7::1/128", place: "first")])
                == "first.ipv6Address: 2001:db8:45:7::1 is a part of a device, because devices.subnets makes each /64 of 2001:db8:45::/48 one device; "
                + "leave the length out, or give at most 64")
        #expect(reason([], ["2001:db8::/32 per /40", "2001:db8:45::/48 per /64"])?.contains("contradict each other") == true)
        #expect(reason([], ["2001:db8::/32 per /56", "2001:db8::/32 per /64"])?.contains("contradict each other") == true)
        #expect(reason([], ["2001:db8::/32 per /48", "2001:db8:45::/48 per /64", "10.0.0.0/8", "10.45.0.0/16"]) == nil)
        let many = try (56...64).map { try Entries.entry(ipv6: "2001:db8:\($0)::/\($0)") }
        #expect(reason(many, []) == "devices: have 9 different prefix lengths; at most 8 beside 128 are possible")
        #expect(try reason(many.dropLast() + [Entries.entry(ipv6: "2001:db8:1::1")], []) == nil)
    }

    @Test("of nested subnets the smallest that holds an address says what a device is")
    func nested() async throws {
        let directory = try Entries.directory(subnets: ["2001:db8::/32 per /48", "2001:db8:45::/48 per /64"])
        #expect(try await key("2001:db8:45:7::1", directory).key == DeviceKey("2001:db8:45:7::/64"))
        #expect(try await key("2001:db8:46:7::1", directory).key == DeviceKey("2001:db8:46::/48"))
    }

    @Test("a lease of any address of a prefix gives the device that prefix, and no second device has it")
    func leases() throws {
        let entries = [try Entries.entry(phone: Entries.phone, mac: "02:00:00:00:00:01"), try Entries.entry(phone: "+3612345678", mac: "02:00:00:00:00:02")]
        let subnets = [try DeviceSubnet("2001:db8:45::/48 per /64")]
        let leases = [
            try Entries.lease("2001:db8:45:7::1", mac: "02:00:00:00:00:01", until: 2000), try Entries.lease("2001:db8:45:7::2", mac: "02:00:00:00:00:02", until: 3000),
        ]
        let table = DeviceTable(
            subnets: subnets, entries: try DeviceEntries(entries, hasLeases: true, subnets: subnets), leases: leases, at: Timestamp(milliseconds: 1_000_000))
        #expect(try table.device(at: IPv6Address("2001:db8:45:7::9"))?.key == DeviceKey("phone:+3612345678"))
        #expect(try table.device(PhoneNumber("+3612345678"))?.addresses == Entries.addresses(nil, "2001:db8:45:7::/64"))
        #expect(try table.device(PhoneNumber(Entries.phone))?.addresses == Entries.addresses())
        // It was the other one's before, and that gives it up.
        let former = try Entries.addresses("10.45.0.7", "2001:db8:45:7::/64")
        #expect(try table.addresses(of: DeviceKey("phone:\(Entries.phone)"), formerly: former) == Entries.addresses("10.45.0.7"))
    }

    @Test("a session made while each address was a device keeps its own when prefixes are")
    func earlier() async throws {
        let directory = try Entries.directory(subnets: ["2001:db8:45::/48 per /64"])
        let former = try Entries.addresses(nil, "2001:db8:45:7::5")
        #expect(try await directory.addresses(of: DeviceKey("2001:db8:45:7::5"), formerly: former) == former)
    }
}
