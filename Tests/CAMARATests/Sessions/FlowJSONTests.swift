import CAMARA
import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("Application servers and ports on the wire")
struct FlowJSONTests {
    private static let server = "applicationServer"

    private static func addresses(_ count: Int) -> JSONValue {
        .array((0..<count).map { .string("198.51.100.\($0)") })
    }

    static let servers: [Limit] = [
        .refuses(server, nil, "is required"), .refuses(server, .array([]), "is an array, not an object"),
        .refuses(server, .object([]), "names no service; ipv4Address, ipv6Address or ipAddresses is needed"),
        .allows(server, .text(#"{"ipv4Address": "198.51.100.7"}"#)), .allows(server, .text(#"{"ipv6Address": "::/0"}"#)),
        .allows(server, .text(#"{"ipAddresses": ["198.51.100.7"], "ipv4Address": null}"#)),
        .allows("\(server).ipv4Address", .string("255.255.255.255/32")),
        .refuses("\(server).ipv4Address", .letters(19), "is 19 characters long; at most 18 are allowed"),
        .refuses("\(server).ipv4Address", .string("1.2.3.4/33"), "\"1.2.3.4/33\" has a prefix length that is not in 0...32"),
        .refuses("\(server).ipv4Address", .string("::1"), "\"::1\" is not an IPv4 address or subnet such as 198.51.100.7 or 198.51.100.0/24"),
        .allows("\(server).ipv6Address", .string("0000:0000:0000:0000:0000:ffff:255.255.255.255/128")),
        .refuses("\(server).ipv6Address", .letters(50), "is 50 characters long; at most 49 are allowed"),
        .refuses("\(server).ipv6Address", .string("::/129"), "\"::/129\" has a prefix length that is not in 0...128"),
        .refuses(
            "\(server).ipAddresses", .text(#"["198.51.100.7"]"#),
            telling: "applicationServer: has ipAddresses beside ipv4Address or ipv6Address; either the list or the subnets are allowed"),
    ]

    static let lists: [Limit] = [
        .allows("ipAddresses", addresses(1)), .allows("ipAddresses", addresses(16)),
        .refuses("ipAddresses", .array([]), "has 0 items; 1 to 16 are allowed"),
        .refuses("ipAddresses", addresses(17), "has 17 items; 1 to 16 are allowed"),
        .refuses("ipAddresses", .string("198.51.100.7"), "is a string, not an array"),
        .refuses("ipAddresses[1]", .integer(1), "is a number, not a string"),
        .refuses("ipAddresses[1]", .letters(46), "is 46 characters long; at most 45 are allowed"),
        .refuses("ipAddresses[1]", .string("198.51.100.7"), "\"198.51.100.7\" occurs twice in the list; each address is allowed once"),
        .refuses(
            "ipAddresses[0]", .string("2001:DB8:0:0::7"),
            telling: "ipAddresses[1]: \"2001:db8::7\" occurs twice in the list; each address is allowed once"),
        .refuses(
            "ipAddresses[0]", .string("198.51.100.0/24"),
            "\"198.51.100.0/24\" is not a single IPv4 or IPv6 address; a subnet goes into ipv4Address or ipv6Address"),
        .refuses("ipAddresses[0]", .string("example.com"), "\"example.com\" is not a single IPv4 or IPv6 address"),
        .refuses("ipAddresses[0]", .string(""), "\"\" is not a single IPv4 or IPv6 address"),
    ]

    private static let ports = "devicePorts"

    static let portLists: [Limit] = [
        .allows(ports, nil), .allows(ports, .text(#"{"ports": [1]}"#)), .allows(ports, .text(#"{"ranges": [{"from": 1, "to": 65535}]}"#)),
        .allows(ports, .text(#"{"ports": [80, 80.0], "ranges": null}"#)),
        .refuses(ports, .object([]), "lists no port; ranges, ports or both are needed, or leave it out for all ports"),
        .refuses(ports, .text(#"{"ports": null}"#), "lists no port; ranges, ports or both are needed, or leave it out for all ports"),
        .refuses("\(ports).ports", .array([]), "has 0 items; 1 to 65536 are allowed"),
        .refuses("\(ports).ranges", .array([]), "has 0 items; 1 to 65536 are allowed"),
        .refuses("\(ports).ports", .list(65537, of: .integer(1)), "has 65537 items; 1 to 65536 are allowed"),
        .refuses("\(ports).ranges", .list(65537, of: .null), "has 65537 items; 1 to 65536 are allowed"),
        .refuses("\(ports).ports[1]", .integer(0), "0 is not in 1...65535", .outOfRange),
        .refuses("\(ports).ports[1]", .integer(65536), "65536 is not in 1...65535", .outOfRange),
        .refuses("\(ports).ports[1]", .number(1e30), "1e+30 is not in 1...65535", .outOfRange),
        .refuses("\(ports).ports[1]", .number(80.5), "80.5 is not an integer"),
        .refuses("\(ports).ports[1]", .string("80"), "is a string, not an integer"),
        .refuses("\(ports).ranges[0].from", .integer(0), "0 is not in 1...65535", .outOfRange),
        .refuses("\(ports).ranges[0].to", .integer(65536), "65536 is not in 1...65535", .outOfRange),
        .refuses("\(ports).ranges[0].from", nil, "is required"), .refuses("\(ports).ranges[0].to", nil, "is required"),
        .refuses(
            "\(ports).ranges[0].from", .integer(5021),
            telling: "devicePorts.ranges[0]: from 5021 to 5020 is empty; from must not be greater than to"),
        .allows("\(ports).ranges[0].from", .integer(5020)), .refuses("\(ports).ranges[0]", .integer(80), "is a number, not an object"),
    ]

    @Test("a service is a list or subnets, never both, within its limits", arguments: servers)
    func serverLimited(limit: Limit) {
        limit.check(in: Sample.createSession, as: CreateSession.self)
    }

    @Test("a list holds 1 to 16 single addresses, each once however spelt", arguments: lists)
    func listLimited(limit: Limit) {
        let document = Sample.createSession.setting("applicationServer", to: Sample.sessionInfo["applicationServer"])
        let nested = document["applicationServer"]?.setting(limit.path, to: limit.value)
        let complaint = CreateSession.complaint(about: document.setting("applicationServer", to: nested))
        #expect(complaint?.description == limit.message.map { "applicationServer.\($0)" })
    }

    @Test("ports are 1 to 65535, and passing that is told apart as a range", arguments: portLists)
    func portsLimited(limit: Limit) {
        limit.check(in: Sample.createSession, as: CreateSession.self)
    }

    @Test("the ports at the application server have the same limits under their own name")
    func otherPorts() {
        let document = Sample.createSession.setting("applicationServerPorts.ranges[1].from", to: .integer(444))
        #expect(
            CreateSession.complaint(about: document)?.description
                == "applicationServerPorts.ranges[1]: from 444 to 443 is empty; from must not be greater than to")
    }

    @Test("65,536 items are accepted")
    func many() throws {
        let many = JSONValue.array((0..<65_536).map { .integer($0 % 65_535 + 1) })
        let session = try CreateSession(Sample.createSession.setting("devicePorts.ports", to: many))
        #expect(session.flow.devicePorts?.ports.count == 65_536)
        #expect(PortSet(session.flow.devicePorts).ranges.map(\.description) == ["1-65535"])
    }

    @Test("a flow is read as it was written, in the order and spelling given")
    func roundTrip() throws {
        for seed in 0..<1_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let session = CreateSession(device: nil, flow: random.flow(), qosProfile: try QoSProfileName("QOS_E"), duration: 1)
            let read = try CreateSession(session.document)
            if read != session { Issue.record("seed \(seed): \(session) was read as \(read)") }
        }
    }
}
