import CAMARA
import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("Devices on the wire")
struct DeviceJSONTests {
    private static let phone = "is not a phone number in international format: \"+\" and 5 to 15 digits, the first not 0, no spaces or brackets"
    private static let four = "is not an IPv4 address such as 198.51.100.7"

    static let limits: [Limit] = [
        .allows("phoneNumber", .string("+12345")), .allows("phoneNumber", .string("+123456789012345")), .allows("phoneNumber", nil),
        .refuses("phoneNumber", .string("+1234"), "\"+1234\" \(phone)"), .refuses("phoneNumber", .string("12345"), "\"12345\" \(phone)"),
        .refuses("phoneNumber", .string("+1234567890123456"), "is 17 characters long; at most 16 are allowed"),
        .refuses("phoneNumber", .integer(12345), "is a number, not a string"),
        .allows("networkAccessIdentifier", .letters(2048)),
        .allows("networkAccessIdentifier", .string(String(repeating: "é", count: 2048))),
        .refuses("networkAccessIdentifier", .letters(2049), "is 2049 characters long; at most 2048 are allowed"),
        .allows("ipv6Address", .string("2001:DB8:0::1")), .allows("ipv6Address", .string("0000:0000:0000:0000:0000:ffff:255.255.255.255")),
        .refuses("ipv6Address", .string("2001:db8::/64"), "\"2001:db8::/64\" is not an IPv6 address such as 2001:db8::7"),
        .refuses("ipv6Address", .letters(46), "is 46 characters long; at most 45 are allowed"),
        .allows("ipv4Address", nil), .allows("ipv4Address.privateAddress", nil), .allows("ipv4Address.publicPort", nil),
        .allows("ipv4Address.publicPort", .integer(1)), .allows("ipv4Address.publicPort", .integer(65535)),
        .allows("ipv4Address.publicPort", .number(80)),
        .refuses("ipv4Address.publicPort", .integer(70000), "70000 is not in 1...65535"),
        .refuses("ipv4Address.publicPort", .integer(0), "0 is not in 1...65535"),
        .refuses("ipv4Address.publicPort", .integer(-1), "-1 is not in 1...65535"),
        .refuses("ipv4Address.publicPort", .string("80"), "is a string, not an integer"),
        .refuses("ipv4Address.publicAddress", nil, "is required"),
        .refuses("ipv4Address.publicAddress", .string("1.2.3"), "\"1.2.3\" \(four)"),
        .refuses("ipv4Address.publicAddress", .string("1.2.3.04"), "\"1.2.3.04\" \(four)"),
        .refuses("ipv4Address.publicAddress", .string("1.2.3.4/32"), "\"1.2.3.4/32\" \(four)"),
        .refuses("ipv4Address.privateAddress", .letters(16), "is 16 characters long; at most 15 are allowed"),
        .refuses("ipv4Address", .object([]), telling: "ipv4Address.publicAddress: is required"),
        .refuses(
            "ipv4Address", .text(#"{"publicAddress": "1.2.3.4"}"#),
            "publicAddress alone does not name a device; privateAddress or publicPort is needed beside it, and without NAT privateAddress is the same address"),
        .refuses("ipv4Address", .string("1.2.3.4"), "is a string, not an object"),
    ]

    @Test("each property has its limits, and errors say where they were passed", arguments: limits)
    func limited(limit: Limit) {
        limit.check(in: Sample.device, as: Device.self)
    }

    @Test("a device without any identifier is none, also where all are null", arguments: ["{}", #"{"phoneNumber": null, "ipv6Address": null}"#])
    func empty(json: String) {
        let error = #expect(throws: InvalidValue.self) { try Device(json: json) }
        #expect(
            error?.description
                == "names no device; at least one of phoneNumber, networkAccessIdentifier, ipv4Address and ipv6Address is needed")
    }

    @Test("what is no object is no device", arguments: ["null", "[]", "\"+12345\"", "1", "true"])
    func notAnObject(json: String) {
        let error = #expect(throws: InvalidValue.self) { try Device(json: json) }
        #expect(error?.description.hasSuffix(", not an object") == true)
    }

    @Test("a device is read as it was written, with all its spellings")
    func roundTrip() throws {
        for seed in 0..<2_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let device = random.device()
            let read = try Device(device.document)
            if read != device { Issue.record("seed \(seed): \(device) was read as \(read)") }
        }
        let spelt = try Device(json: #"{"ipv6Address": "2001:DB8:0:0::1"}"#)
        #expect(String(decoding: spelt.json, as: UTF8.self) == #"{"ipv6Address":"2001:DB8:0:0::1"}"#)
    }

    @Test("an answer names the one identifier that was used, as it was given")
    func onlyOne() throws {
        let device = try Device(Sample.device)
        for kind in Device.IdentifierKind.allCases {
            let one = try JSONValue(parsing: JSONWriter.document { device.write(only: kind, to: &$0) })
            #expect(try Device(one).identifierKinds == [kind])
            #expect(one["\(kind)"] == Sample.device["\(kind)"])
        }
    }
}
