import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("Application servers")
struct ApplicationServerTests {
    @Test("a service is one IPv4 subnet, one IPv6 subnet, or both, IPv4 first")
    func subnets() throws {
        let both = try ApplicationServer(ipv4Address: "198.51.100.7/24", ipv6Address: "2001:DB8::/64")
        #expect(both.form == .subnets)
        #expect(both.addresses.map(\.subnet.description) == ["198.51.100.0/24", "2001:db8::/64"])
        #expect(both.ipv4Address == "198.51.100.7/24")
        #expect(both.ipv6Address == "2001:DB8::/64")
        #expect(try ApplicationServer(ipv6Address: "::1").ipv4Address == nil)
    }

    @Test("a list keeps its order and spelling, and is no subnet")
    func list() throws {
        let server = try ApplicationServer(ipAddresses: ["2001:DB8::1", "198.51.100.7"])
        #expect(server.form == .list)
        #expect(server.addresses.map(\.description) == ["2001:DB8::1", "198.51.100.7"])
        #expect(server.addresses.map(\.subnet.isSingleAddress) == [true, true])
        #expect(server.ipv4Address == nil && server.ipv6Address == nil)
    }

    @Test("a list has 1 to 16 addresses")
    func count() throws {
        let addresses = (1...17).map { "198.51.100.\($0)" }
        #expect(try ApplicationServer(ipAddresses: Array(addresses[..<16])).addresses.count == 16)
        let tooMany = #expect(throws: InvalidValue.self) { try ApplicationServer(ipAddresses: addresses) }
        #expect(tooMany?.description == "ipAddresses: has 17 addresses; 1 to 16 are allowed")
        let none = #expect(throws: InvalidValue.self) { try ApplicationServer(ipAddresses: []) }
        #expect(none?.description == "ipAddresses: has 0 addresses; 1 to 16 are allowed")
    }

    @Test("an address stands in a list once, however it is spelt", arguments: [
        ["198.51.100.7", "198.51.100.7"], ["2001:db8::1", "2001:DB8:0:0:0:0:0:1"], ["::1.2.3.4", "::102:304"], ["::", "0::0"],
    ])
    func unique(addresses: [String]) throws {
        let error = try #require(throws: InvalidValue.self) { try ApplicationServer(ipAddresses: ["203.0.113.1"] + addresses) }
        #expect(error.description == "ipAddresses[2]: \"\(addresses[1])\" occurs twice in the list; each address is allowed once")
    }

    @Test("an IPv4 address and its image in IPv6 are two addresses")
    func mapped() throws {
        #expect(try ApplicationServer(ipAddresses: ["1.2.3.4", "::ffff:1.2.3.4"]).addresses.count == 2)
    }

    @Test("a list has single addresses only, and says where a subnet goes")
    func singles() {
        let subnet = #expect(throws: InvalidValue.self) { try ApplicationServer(ipAddresses: ["1.2.3.4", "198.51.100.0/24"]) }
        #expect(
            subnet?.description
                == "ipAddresses[1]: \"198.51.100.0/24\" is not a single IPv4 or IPv6 address; a subnet goes into ipv4Address or ipv6Address")
        let name = #expect(throws: InvalidValue.self) { try ApplicationServer(ipAddresses: ["example.com"]) }
        #expect(name?.description == "ipAddresses[0]: \"example.com\" is not a single IPv4 or IPv6 address")
        #expect(throws: InvalidValue.self) { try ApplicationServer(ipAddresses: ["01.2.3.4"]) }
    }

    @Test("a service without any address is none")
    func empty() {
        let error = #expect(throws: InvalidValue.self) { try ApplicationServer() }
        #expect(error?.description == "names no service; ipv4Address, ipv6Address or ipAddresses is needed")
    }

    @Test("errors stand at the address that is wrong")
    func paths() {
        let four = #expect(throws: InvalidValue.self) { try ApplicationServer(ipv4Address: "x", ipv6Address: "::1") }
        #expect(four?.pathDescription == "ipv4Address")
        let six = #expect(throws: InvalidValue.self) { try ApplicationServer(ipv4Address: "1.2.3.4", ipv6Address: "1.2.3.4") }
        #expect(six?.pathDescription == "ipv6Address")
    }
}
