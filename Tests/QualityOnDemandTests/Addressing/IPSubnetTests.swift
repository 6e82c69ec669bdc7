import Foundation
import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("Subnets")
struct IPSubnetTests {
    @Test("an IPv4 subnet is an address, or an address and a length; bits past the prefix are cleared", arguments: [
        ("198.51.100.7", "198.51.100.7"), ("198.51.100.7/32", "198.51.100.7"), ("198.51.100.7/24", "198.51.100.0/24"),
        ("255.255.255.255/1", "128.0.0.0/1"), ("1.2.3.4/0", "0.0.0.0/0"), ("0.0.0.0/0", "0.0.0.0/0"), ("10.9.8.7/31", "10.9.8.6/31"),
        ("010.001.000.09", "10.1.0.9"), ("255.255.255.255/32", "255.255.255.255"), ("00.00.00.00/9", "0.0.0.0/9"),
    ])
    func readsIPv4(text: String, printed: String) throws {
        #expect(try IPSubnet(ipv4: text).description == printed)
    }

    @Test("an IPv6 subnet is an address, or an address and a length; bits past the prefix are cleared", arguments: [
        ("2001:db8::7", "2001:db8::7"), ("2001:db8::7/128", "2001:db8::7"), ("2001:db8:85a3:8d3::0/64", "2001:db8:85a3:8d3::/64"),
        ("2001:db8:85a3:8d3:1319:8a2e:370:7344/64", "2001:db8:85a3:8d3::/64"), ("ffff::/0", "::/0"), ("ffff::/1", "8000::/1"),
        ("::ffff/127", "::fffe/127"), ("1:2:3:4:8000::/65", "1:2:3:4:8000::/65"), ("1:2:3:5::/63", "1:2:3:4::/63"),
        ("::ffff:1.2.3.4/112", "::ffff:102:0/112"), ("0000:0000:0000:0000:0000:ffff:255.255.255.255/128", "::ffff:ffff:ffff"),
    ])
    func readsIPv6(text: String, printed: String) throws {
        #expect(try IPSubnet(ipv6: text).description == printed)
    }

    @Test("anything else is refused for IPv4", arguments: [
        "", "/", "/24", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/+1", "1.2.3.4/1a", "1.2.3.4/ 8", "1.2.3.4/8 ", "1.2.3.4/8/8",
        "1.2.3/24", "1.2.3.256/24", "1.2.3.4/024", "1.2.3.4/00", "1.2.3.4/08", "1.2.3.4/01", "0001.2.3.4", "::1/24", "1.2.3.4/255.255.255.0",
        "300.1.1.1", "1.2.3.4/32\n", "1.2.3.4//8", "1.2.3.4/٨",
    ])
    func refusesIPv4(text: String) {
        #expect(throws: InvalidValue.self) { try IPSubnet(ipv4: text) }
    }

    @Test("anything else is refused for IPv6", arguments: [
        "", "/", "/64", "::/", "::/129", "::/-1", "::/+1", "::/064", "::/00", "::/01", "::/1x", "::/64/64", "::/ 64", "1.2.3.4", "1.2.3.4/24",
        ":/64", "1:2:3:4:5:6:7/64", "g::/64", "fe80::1%1/64", "::/999", "::/1000",
    ])
    func refusesIPv6(text: String) {
        #expect(throws: InvalidValue.self) { try IPSubnet(ipv6: text) }
    }

    @Test("the error says whether the address or the length is wrong")
    func errors() {
        let length = #expect(throws: InvalidValue.self) { try IPSubnet(ipv4: "1.2.3.4/33") }
        #expect(length?.description == "\"1.2.3.4/33\" has a prefix length that is not in 0...32")
        let sixLength = #expect(throws: InvalidValue.self) { try IPSubnet(ipv6: "::/129") }
        #expect(sixLength?.description == "\"::/129\" has a prefix length that is not in 0...128")
        let address = #expect(throws: InvalidValue.self) { try IPSubnet(ipv4: "1.2.3/24") }
        #expect(address?.description == "\"1.2.3/24\" is not an IPv4 address or subnet such as 198.51.100.7 or 198.51.100.0/24")
        let six = #expect(throws: InvalidValue.self) { try IPSubnet(ipv6: "1.2.3.4") }
        #expect(six?.description == "\"1.2.3.4\" is not an IPv6 address or subnet such as 2001:db8::7 or 2001:db8::/64")
    }

    @Test("what is printed is read back as the same subnet")
    func roundTrip() throws {
        for seed in 0..<5_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let subnet = random.subnet()
            let read = try subnet.family == .ipv4 ? IPSubnet(ipv4: subnet.description) : IPSubnet(ipv6: subnet.description)
            if read != subnet { Issue.record("seed \(seed): \(subnet) was read as \(read)") }
        }
    }

    @Test("the pattern of the API accepts and refuses the same IPv4 texts")
    func sameAsThePatternOfIPv4() throws {
        // quality-on-demand.yaml, schema ApplicationServerIpv4Address
        let octet = "([01]?[0-9]?[0-9]|2[0-4][0-9]|25[0-5])"
        let pattern = try Regex("^\(octet)(\\.\(octet)){3}(\\/(3[0-2]|[12]?[0-9]))?$")
        for seed in 0..<6_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let printed = "\(random.ipv4Address())" + (random.oneIn(2) ? "/\(random.int(in: 0...40))" : "")
            let bytes = random.oneIn(4) ? Array(printed.utf8) : random.mutated(Array(printed.utf8), with: Array("0123456789./ ".utf8))
            let text = String(decoding: bytes, as: UTF8.self)
            let allowed = text.wholeMatch(of: pattern) != nil && text.count <= 18
            if ((try? IPSubnet(ipv4: text)) != nil) != allowed { Issue.record("seed \(seed): \"\(text)\" is allowed: \(allowed)") }
        }
    }

    @Test("the pattern of the API and inet_pton together accept and refuse the same IPv6 texts")
    func sameAsThePatternOfIPv6() throws {
        // quality-on-demand.yaml, schema ApplicationServerIpv6Address
        let pattern = try Regex("^[0-9a-fA-F:.]+(\\/(12[0-8]|1[0-1][0-9]|[1-9]?[0-9]))?$")
        for seed in 0..<6_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let printed = "\(random.ipv6Address())" + (random.oneIn(2) ? "/\(random.int(in: 0...140))" : "")
            let bytes = random.oneIn(4) ? Array(printed.utf8) : random.mutated(Array(printed.utf8), with: Array("0123456789:./".utf8))
            let text = String(decoding: bytes, as: UTF8.self)
            let address = String(text.prefix { $0 != "/" })
            let allowed = text.wholeMatch(of: pattern) != nil && text.count <= 49 && System.address(address) != nil
            if ((try? IPSubnet(ipv6: text)) != nil) != allowed { Issue.record("seed \(seed): \"\(text)\" is allowed: \(allowed)") }
        }
    }

    @Test("a subnet overlaps the addresses in it, and families never overlap")
    func overlaps() throws {
        let net = try IPSubnet(ipv4: "10.0.0.0/8")
        #expect(try net.overlaps(IPSubnet(ipv4: "10.255.255.255")))
        #expect(try IPSubnet(ipv4: "10.1.2.3").overlaps(net))
        #expect(try !net.overlaps(IPSubnet(ipv4: "11.0.0.0/8")))
        #expect(try IPSubnet(ipv4: "0.0.0.0/0").overlaps(net))
        #expect(try !IPSubnet(ipv4: "0.0.0.0/0").overlaps(IPSubnet(ipv6: "::/0")))
        #expect(try IPSubnet(ipv6: "2001:db8::/64").overlaps(IPSubnet(ipv6: "2001:db8::ffff")))
        #expect(try !IPSubnet(ipv6: "2001:db8::/65").overlaps(IPSubnet(ipv6: "2001:db8:0:0:8000::/65")))
    }

    @Test("two subnets overlap exactly where one's first address is in the other, whichever is asked")
    func overlapIsContainment() {
        for seed in 0..<10_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let a = random.subnet()
            let b = random.oneIn(2) ? random.subnet() : Self.neighbour(of: a, &random)
            let expected = bits(a).prefix(bits(b).count).elementsEqual(bits(b).prefix(bits(a).count)) && a.family == b.family
            if a.overlaps(b) != expected || b.overlaps(a) != expected { Issue.record("seed \(seed): \(a) and \(b) overlap: \(expected)") }
        }
    }

    private static func neighbour(of subnet: IPSubnet, _ random: inout SeededGenerator) -> IPSubnet {
        switch subnet {
        case .ipv4(let address, _):
            let flipped = address.rawValue ^ (1 << UInt32(random.int(in: 0...31)))
            return .containing(IPv4Address(rawValue: flipped), prefixLength: random.int(in: 0...32))
        case .ipv6(let address, _):
            let bit: UInt64 = 1 << UInt64(random.int(in: 0...63))
            let inHigh = random.oneIn(2)
            let flipped = IPv6Address(high: inHigh ? address.high ^ bit : address.high, low: inHigh ? address.low : address.low ^ bit)
            return .containing(flipped, prefixLength: random.int(in: 0...128))
        }
    }

    @Test("a single address is a subnet of full length")
    func single() throws {
        #expect(try IPSubnet(ipv4: "1.2.3.4").isSingleAddress)
        #expect(try !IPSubnet(ipv4: "1.2.3.4/31").isSingleAddress)
        #expect(try IPSubnet(ipv6: "::1/128").isSingleAddress)
        #expect(try !IPSubnet(ipv6: "::1/127").isSingleAddress)
    }
}

/// The bits of a subnet's prefix, one by one.
private func bits(_ subnet: IPSubnet) -> [Bool] {
    switch subnet {
    case .ipv4(let address, let length):
        return (0..<length).map { bit in isSet(UInt64(address.rawValue), 31 - bit) }
    case .ipv6(let address, let length):
        return (0..<length).map { bit in bit < 64 ? isSet(address.high, 63 - bit) : isSet(address.low, 127 - bit) }
    }
}

private func isSet(_ number: UInt64, _ bit: Int) -> Bool {
    (number >> UInt64(bit)) & 1 == 1
}
