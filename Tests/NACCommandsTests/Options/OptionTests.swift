import ArgumentParser
import NetworkAsCode
import QualityOnDemand
import Testing

@testable import NACCommands

@Suite struct OptionTests {
    @Test(arguments: [
        ("3600", 3600), ("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86_400), ("1h30m", 5400), ("1d2h3m4s", 93_784), ("007", 7),
    ])
    func `a duration is seconds or has units`(text: String, seconds: Int) throws {
        #expect(try DurationOption.read(text) == .seconds(seconds))
    }

    @Test(arguments: ["", "x", "10x", "1.5h", "-5", "h", "5 m", "30m1h", "1h1h", "1h30", "٣", "+5"])
    func `anything else is no duration`(text: String) {
        let message = "\"\(text)\" is not a duration; allowed are seconds such as 3600, and 90s, 10m, 2h, 1d, 1h30m"
        #expect(throws: InvalidValue(message)) { try DurationOption.read(text) }
    }

    @Test(arguments: ["0", "0s", "2147483648", "999999999999999999999", "99999999999999999d", "24856d"])
    func `a duration that the API cannot tell is refused`(text: String) {
        #expect(throws: InvalidValue("\(text) is not in 1 s to 2147483647 s")) { try DurationOption.read(text) }
    }

    @Test func `ports are ranges and numbers`() throws {
        let spec = try PortsOption.read("80-443,8080,1-1")
        #expect(spec == NetworkAsCode.PortsSpec(ranges: [PortRange(start: 80, end: 443), PortRange(start: 1, end: 1)], ports: [8080]))
        #expect(PortsOption.text(spec) == "80-443,1-1,8080")
    }

    @Test(arguments: [
        ("", "\"\" is not a list of ports such as 80-443,8080"), ("80,", "\"80,\" is not a list of ports such as 80-443,8080"),
        ("1-2-3", "\"1-2-3\" is not a list of ports such as 80-443,8080"), ("http", "\"http\" is not a list of ports such as 80-443,8080"),
        ("0", "0 is not in 1...65535"), ("70000", "70000 is not in 1...65535"), ("443-80", "443-80 is empty; the smaller port comes first"),
    ])
    func `ports that are none are told`(text: String, message: String) {
        #expect(throws: InvalidValue(message)) { try PortsOption.read(text) }
    }

    @Test(arguments: [
        ("233.252.0.1:1000", nil, 1000), ("233.252.0.1,10.45.4.1", "10.45.4.1", nil), ("233.252.0.1:1000,10.45.4.1", "10.45.4.1", 1000),
    ] as [(String, String?, Int?)])
    func `an IPv4 address has what tells the device from others`(text: String, privateAddress: String?, port: Int?) throws {
        let address = try IPv4Option.read(text)
        #expect(address == .init(publicAddress: "233.252.0.1", privateAddress: privateAddress, publicPort: port))
        #expect(IPv4Option.text(address) == text)
    }

    @Test(arguments: [
        ("233.252.0.1:0", "the port \"0\" is not in 1...65535"),
        ("233.252.0.1:", "the port \"\" is not in 1...65535"), ("1:2:3", "\"1:2:3\" is not of the form ADDRESS, PUBLIC:PORT"),
        ("1.2.3.4,5.6.7.8,9", "\"1.2.3.4,5.6.7.8,9\" is not of the form"), ("1.2.3:80", "\"1.2.3\" is not"),
        ("1.2.3.4,host", "\"host\" is not"),
    ])
    func `an IPv4 address that names no device is refused`(text: String, message: String) {
        let error = #expect(throws: InvalidValue.self) { try IPv4Option.read(text) }
        #expect(error?.description.hasPrefix(message) == true)
    }

    @Test func `one IPv4 address stands for itself, as it does without NAT`() throws {
        let address = try IPv4Option.read("10.45.0.2")
        #expect(address == .init(publicAddress: "10.45.0.2", privateAddress: "10.45.0.2"))
        #expect(IPv4Option.text(address) == "10.45.0.2")
    }

    @Test func `one address or subnet of each family is the API's plain form`() throws {
        #expect(try ServiceOption.read(["10.0.0.0/8"]) == .subnets(ipv4: "10.0.0.0/8", ipv6: nil))
        #expect(try ServiceOption.read(["2001:db8::/32", "10.0.0.1"]) == .subnets(ipv4: "10.0.0.1", ipv6: "2001:db8::/32"))
        #expect(try ServiceOption.read(["10.0.0.1", "10.0.0.2"]) == .addresses(["10.0.0.1", "10.0.0.2"]))
    }

    @Test(arguments: [
        (["example.com"], "--service: \"example.com\" is not an IP address or subnet; names are not looked up"),
        ([""], "--service: \"\" is not an IP address"),
        (["1.2.3"], "--service: \"1.2.3\" is not"),
        (["10.0.0.0/8", "10.0.0.1"], "--service, given 2 times:"),
        (["10.0.0.1", "10.0.0.1"], "--service, given 2 times:"),
        ((1...17).map { "10.0.0.\($0)" }, "--service, given 17 times: has 17 addresses; 1 to 16 are allowed"),
    ])
    func `a service that is none is refused`(texts: [String], message: String) {
        let error = #expect(throws: ValidationError.self) { try ServiceOption.read(texts) }
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }
}
