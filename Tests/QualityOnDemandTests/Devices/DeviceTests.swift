import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("Devices")
struct DeviceTests {
    @Test("a phone number is a plus and 5 to 15 digits, the first not 0", arguments: [
        "+12345", "+123456789012345", "+99999991000", "+36721601234567",
    ])
    func phoneNumbers(text: String) throws {
        #expect(try PhoneNumber(text).description == text)
    }

    @Test("any other phone number is refused", arguments: [
        "", "+", "12345", "+1234", "+1234567890123456", "+012345", "+1 2345", "+1-2345", "+(1)2345", "++12345", "+12345a", "+12345 ",
        " +12345", "+١٢٣٤٥", "0012345", "＋12345", "+12345\n",
    ])
    func malformedPhoneNumbers(text: String) {
        #expect(throws: InvalidValue.self) { try PhoneNumber(text) }
    }

    @Test("the pattern of the API accepts and refuses the same phone numbers")
    func phonePattern() throws {
        let pattern = try Regex("^\\+[1-9][0-9]{4,14}$")  // quality-on-demand.yaml, schema PhoneNumber
        for seed in 0..<5_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let number = Array(random.phoneNumber().description.utf8)
            let bytes = random.oneIn(3) ? number : random.mutated(number, with: Array("0123456789+ ".utf8))
            let text = String(decoding: bytes, as: UTF8.self)
            let allowed = text.wholeMatch(of: pattern) != nil
            if ((try? PhoneNumber(text)) != nil) != allowed { Issue.record("seed \(seed): \"\(text)\" is allowed: \(allowed)") }
        }
    }

    @Test("a bare number in code gets its plus")
    func adding() throws {
        #expect(try PhoneNumber(adding: "3672123456").description == "+3672123456")
        #expect(try PhoneNumber(adding: "+3672123456").description == "+3672123456")
    }

    @Test("the error about a bare number repeats it as it was given", arguments: [("0123", "\"0123\""), ("+0123", "\"+0123\""), ("x", "\"x\"")])
    func addingErrors(text: String, quoted: String) throws {
        let error = try #require(throws: InvalidValue.self) { try PhoneNumber(adding: text) }
        #expect(error.description.hasPrefix("\(quoted) is not a phone number in international format"))
    }

    @Test("a network access identifier is any text of at most 2048 characters")
    func networkAccessIdentifiers() throws {
        #expect(try NetworkAccessIdentifier("device-1000@testcsp.net").description == "device-1000@testcsp.net")
        #expect(try NetworkAccessIdentifier(String(repeating: "é", count: 2048)).description.count == 2048)
        let error = #expect(throws: InvalidValue.self) { try NetworkAccessIdentifier(String(repeating: "é", count: 2049)) }
        #expect(error?.description == "is 2049 characters long; at most 2048 are allowed")
    }

    @Test("the domain is what stands behind the last @, in lower case", arguments: [
        ("a@b.net", "a", "b.net" as String?), ("a@b@C.Net", "a@b", "c.net"), ("nobody", "nobody", nil),
        ("@x", "", "x"), ("x@", "x", ""), ("", "", nil),
    ])
    func domains(text: String, localPart: String, domain: String?) throws {
        let identifier = try NetworkAccessIdentifier(text)
        #expect(identifier.localPart == localPart)
        #expect(identifier.domain == domain)
    }

    @Test("a public IPv4 address alone is no device")
    func publicAddressAlone() throws {
        let address = try IPv4Address("203.0.113.1")
        let error = #expect(throws: InvalidValue.self) { try DeviceIPv4Address(publicAddress: address, privateAddress: nil, publicPort: nil) }
        #expect(error?.description == "publicAddress alone does not name a device; privateAddress or publicPort is needed beside it, and without NAT privateAddress is the same address")
        #expect(try DeviceIPv4Address(publicAddress: address, privateAddress: nil, publicPort: 1).publicPort == 1)
        #expect(try DeviceIPv4Address(publicAddress: address, privateAddress: address, publicPort: nil).privateAddress == address)
    }

    @Test("an IPv6 address keeps the spelling it was given in")
    func ipv6Spelling() throws {
        let long = try DeviceIPv6Address("2001:DB8:0:0::1")
        #expect(long.description == "2001:DB8:0:0::1")
        #expect(long.address == (try IPv6Address("2001:db8::1")))
        #expect(throws: InvalidValue.self) { try DeviceIPv6Address("2001:db8::/64") }
    }

    @Test("a device without any identifier is none")
    func empty() {
        let error = #expect(throws: InvalidValue.self) { try Device() }
        #expect(
            error?.description
                == "names no device; at least one of phoneNumber, networkAccessIdentifier, ipv4Address and ipv6Address is needed")
    }

    @Test("identifiers are tried in the order IPv4, IPv6, phone number, network access identifier")
    func order() {
        #expect(Device.IdentifierKind.allCases == [.ipv4Address, .ipv6Address, .phoneNumber, .networkAccessIdentifier])
        for seed in 0..<500 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let device = random.device()
            var expected: [Device.IdentifierKind] = []
            if device.ipv4Address != nil { expected.append(.ipv4Address) }
            if device.ipv6Address != nil { expected.append(.ipv6Address) }
            if device.phoneNumber != nil { expected.append(.phoneNumber) }
            if device.networkAccessIdentifier != nil { expected.append(.networkAccessIdentifier) }
            #expect(device.identifierKinds == expected, "seed \(seed)")
            #expect(Device.IdentifierKind.allCases.filter(device.has) == expected, "seed \(seed)")
        }
    }
}
