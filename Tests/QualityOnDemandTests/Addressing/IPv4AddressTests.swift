import Foundation
import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("IPv4 addresses")
struct IPv4AddressTests {
    @Test("dotted quads are read as numbers in host order", arguments: [
        ("0.0.0.0", 0 as UInt32), ("255.255.255.255", .max), ("198.51.100.7", 0xc633_6407), ("1.2.3.4", 0x0102_0304),
        ("10.0.0.0", 0x0a00_0000), ("0.0.0.1", 1), ("100.200.0.250", 0x64c8_00fa),
    ])
    func reads(text: String, value: UInt32) throws {
        let address = try IPv4Address(text)
        #expect(address.rawValue == value)
        #expect(address.description == text)
    }

    @Test("anything else is refused", arguments: [
        "", ".", "...", "1", "1.2", "1.2.3", "1.2.3.", ".1.2.3", "1.2.3.4.", "1.2.3.4.5", "1..2.3", "256.0.0.1", "1.2.3.256",
        "999.1.1.1", "1.2.3.1000", "01.2.3.4", "1.2.3.04", "1.2.3.00", "0x1.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4/32", "+1.2.3.4",
        "1.2.3.-4", "1.2.3.4\0", "1,2,3,4", "١.2.3.4", "1.2.3.4\n", "4294967296", "::1", "a.b.c.d",
    ])
    func refuses(text: String) {
        #expect(throws: InvalidValue.self) { try IPv4Address(text) }
    }

    @Test("the error names the text and the form allowed")
    func error() {
        let error = #expect(throws: InvalidValue.self) { try IPv4Address("1.2.3.256") }
        #expect(error?.description == "\"1.2.3.256\" is not an IPv4 address such as 198.51.100.7")
        #expect(error?.kind == .argument)
    }

    @Test("what is printed is read back as the same address")
    func roundTrip() throws {
        for seed in 0..<5_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let address = random.ipv4Address()
            let read = try IPv4Address(address.description)
            if read != address { Issue.record("seed \(seed): \(address) was read as \(read)") }
        }
    }

    @Test("the order is that of the numbers")
    func order() throws {
        #expect(try IPv4Address("9.255.255.255") < IPv4Address("10.0.0.0"))
        #expect(try !(IPv4Address("200.0.0.0") < IPv4Address("100.0.0.0")))
    }

    @Test("inet_pton accepts and refuses the same texts")
    func sameAsTheSystem() {
        for seed in 0..<20_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let printed = Array(random.ipv4Address().description.utf8)
            let bytes = random.oneIn(8) ? printed : random.mutated(printed, with: Array("0123456789. /a".utf8))
            let text = String(decoding: bytes, as: UTF8.self)
            let mine = try? IPv4Address(text)
            if mine != Self.system(text) { Issue.record("seed \(seed): \"\(text)\" is \(String(describing: mine)) to us") }
        }
    }

    private static func system(_ text: String) -> IPv4Address? {
        var address = in_addr()
        guard inet_pton(AF_INET, text, &address) == 1 else { return nil }
        return IPv4Address(rawValue: UInt32(bigEndian: address.s_addr))
    }
}
