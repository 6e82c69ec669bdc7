import Foundation
import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("IPv6 addresses")
struct IPv6AddressTests {
    @Test("every notation of RFC 4291 is read, and printed as RFC 5952 wants it", arguments: [
        // RFC 4291, section 2.2
        ("ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"),
        ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"),
        ("FF01:0:0:0:0:0:0:101", "ff01::101"), ("0:0:0:0:0:0:0:1", "::1"), ("0:0:0:0:0:0:0:0", "::"),
        ("0:0:0:0:0:0:13.1.68.3", "::d01:4403"), ("0:0:0:0:0:FFFF:129.144.52.38", "::ffff:8190:3426"),
        ("::13.1.68.3", "::d01:4403"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a"),
        // RFC 5952, section 4: no leading zeros, the longest run, the first of equal ones, no single group, lower case
        ("2001:0db8::0001", "2001:db8::1"), ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:DB8::AAAA", "2001:db8::aaaa"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("1::", "1::"), ("1:0:0:0:0:0:0:0", "1::"), ("0:0:1:0:0:0:0:0", "0:0:1::"), ("1:0:0:2:0:0:3:0", "1::2:0:0:3:0"),
        ("1::0", "1::"), ("0::1", "::1"), ("::0000", "::"), ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"), ("0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"),
    ])
    func canonical(text: String, printed: String) throws {
        let address = try IPv6Address(text)
        #expect(address.description == printed)
        #expect(try IPv6Address(printed) == address)
    }

    @Test("the two halves hold the groups, first to last")
    func halves() throws {
        let address = try IPv6Address("1:2:3:4:5:6:7:8")
        #expect(address.high == 0x0001_0002_0003_0004)
        #expect(address.low == 0x0005_0006_0007_0008)
        #expect(try IPv6Address("::2") < IPv6Address("1::1"))
        #expect(try IPv6Address("1::1") < IPv6Address("1::2"))
    }

    @Test("anything else is refused", arguments: [
        "", ":", "1", "1:", ":1", ":::", "1:::2", "1::2::3", "::1::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "12345::", "::12345", "g::", "1:2:3:4:5:6:7:", ":2:3:4:5:6:7:8", "fe80::1%eth0", "::1/128",
        "[::1]", "::1 ", " ::1", "::1\0", "1.2.3.4", "::1.2.3", "::1.2.3.4.5", "::1.2.3.4:5", "1.2.3.4::", "::256.2.3.4", "::01.2.3.4",
        "1:2:3:4:5:6:7:1.2.3.4", "1::2:3:4:5:6:1.2.3.4", "::1.2.3.4::", "::+1", "::-1", "0x1::", "１::", "::1\n",
        "0000:0000:0000:0000:0000:0000:255.255.255.2555",
    ])
    func refuses(text: String) {
        #expect(throws: InvalidValue.self) { try IPv6Address(text) }
    }

    @Test("the longest notation, of 45 characters, is read")
    func longest() throws {
        let text = "0000:0000:0000:0000:0000:ffff:255.255.255.255"
        #expect(text.utf8.count == 45)
        #expect(try IPv6Address(text) == IPv6Address("::ffff:ffff:ffff"))
    }

    @Test("the error names the text and the form allowed")
    func error() {
        let error = #expect(throws: InvalidValue.self) { try IPv6Address("2001:db8::g") }
        #expect(error?.description == "\"2001:db8::g\" is not an IPv6 address such as 2001:db8::7")
    }

    @Test("what is printed is read back as the same address, and is what inet_ntop prints")
    func roundTrip() throws {
        for seed in 0..<10_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let address = random.ipv6Address()
            let read = try IPv6Address(address.description)
            if read != address { Issue.record("seed \(seed): \(address) was read as \(read)") }
            // inet_ntop writes some addresses with a dotted quad at the end; RFC 5952 permits both forms.
            let system = System.text(of: address)
            if !system.contains("."), system != address.description { Issue.record("seed \(seed): \(address) is \(system) to the system") }
        }
    }

    @Test("inet_pton accepts and refuses the same texts, and reads the same addresses")
    func sameAsTheSystem() {
        var accepted = 0
        for seed in 0..<40_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let text = Self.almostAnAddress(&random)
            let mine = try? IPv6Address(text)
            let system = System.address(text)
            if mine != nil { accepted += 1 }
            if mine != system {
                Issue.record("seed \(seed): \"\(text)\" is \(String(describing: mine)) to us, \(String(describing: system)) to the system")
            }
        }
        #expect((5_000..<35_000).contains(accepted), "both outcomes shall be common")
    }

    private static func almostAnAddress(_ random: inout SeededGenerator) -> String {
        if random.oneIn(10) { return random.text(random.int(in: 0...45), of: "0123456789abcdefABCDEF::::..") }
        var groups = (0..<random.int(in: 6...8)).map { _ in String(random.next() & 0xffff >> UInt64(random.int(in: 0...16)), radix: 16) }
        if random.oneIn(3) {
            let start = random.int(in: 0...groups.count - 1)
            groups.replaceSubrange(start..<random.int(in: start...groups.count), with: [start == 0 ? ":" : ""])
        }
        if random.oneIn(4) { groups[groups.count - 1] = random.ipv4Address().description }
        let text = random.oneIn(2) ? groups.joined(separator: ":") : random.ipv6Address().description
        guard random.oneIn(2) else { return text }
        return String(decoding: random.mutated(Array(text.utf8), with: Array("0123456789abcdefABCDEF::::..g/%".utf8)), as: UTF8.self)
    }
}

/// The C library's functions for IPv6 addresses.
enum System {
    static func address(_ text: String) -> IPv6Address? {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        let halves = [bytes[0..<8], bytes[8..<16]].map { $0.reduce(0 as UInt64) { $0 << 8 | UInt64($1) } }
        return IPv6Address(high: halves[0], low: halves[1])
    }

    static func text(of address: IPv6Address) -> String {
        let bytes = [address.high, address.low].flatMap { half in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> UInt64($0)) }
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
