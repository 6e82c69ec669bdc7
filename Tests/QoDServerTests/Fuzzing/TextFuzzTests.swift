import CAMARA
import Foundation
import QoDTestSupport
import QualityOnDemand
import Testing

@testable import QoDServer

@Suite("Whatever a text is, its parser ends, without a trap", .timeLimit(.minutes(30)))
struct TextFuzzTests {
    @Test("addresses and subnets that are taken are those that inet_pton reads, and are read again as they are written")
    func addresses() async throws {
        try await Fuzzing.run("addresses", inputs: 20_000) { random, seed in
            let text = random.hostileAddress()
            let ipv4 = try? IPv4Address(text)
            #expect(ipv4.map { Self.bytes(UInt64($0.rawValue), 4) } == Self.system(AF_INET, text, 4), "seed \(seed): \(text)")
            if let ipv6 = try? IPv6Address(text) {
                let bytes = Self.bytes(ipv6.high, 8) + Self.bytes(ipv6.low, 8)
                #expect(bytes == Self.system(AF_INET6, text, 16), "seed \(seed): \(text)")
            }
            let subnets = (try? IPSubnet(ipv4: text), try? IPSubnet(ipv6: text))
            if let subnet = subnets.0 { #expect((try? IPSubnet(ipv4: "\(subnet)")) == subnet, "seed \(seed): \(text)") }
            if let subnet = subnets.1 { #expect((try? IPSubnet(ipv6: "\(subnet)")) == subnet, "seed \(seed): \(text)") }
            return subnets.0 != nil || subnets.1 != nil
        }
    }

    private static func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    /// An address as the system's C library reads it; `nil` if the library refuses the text.
    private static func system(_ family: Int32, _ text: String, _ count: Int) -> [UInt8]? {
        guard !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        return inet_pton(family, text, &bytes) == 1 ? Array(bytes[..<count]) : nil
    }

    @Test("lists of ports that are taken hold the ports that they name, and no other")
    func ports() async throws {
        try await Fuzzing.run("ports", inputs: 4_000) { random, seed in
            let spec = random.portsSpec()
            let ranges = spec.ranges.map { "{\"from\":\($0.first),\"to\":\($0.last)}" }.joined(separator: ",")
            let lists = [("ranges", ranges), ("ports", spec.ports.map(String.init).joined(separator: ","))].filter { !$0.1.isEmpty }
            let ports = "{\(lists.map { "\"\($0.0)\":[\($0.1)]" }.joined(separator: ","))}"
            let bytes = random.hostile(#"{"applicationServer":{"ipv4Address":"198.51.100.1"},"qosProfile":"QOS_L","duration":1,"devicePorts":\#(ports)}"#)
            guard let document = try? JSONValue(parsing: bytes), let node = try? JSONNode(parsing: bytes, unknownProperties: .rejected),
                let read = try? CreateSession(node).flow.devicePorts
            else { return false }
            let named = document["devicePorts"]
            let pairs = (named?["ranges"]?.elements ?? []).map { ($0["from"]?.wholeNumber, $0["to"]?.wholeNumber) }
            #expect(read.ranges.map { Optional(Int($0.first)) } == pairs.map { $0.0 }, "seed \(seed)")
            #expect(read.ranges.map { Optional(Int($0.last)) } == pairs.map { $0.1 }, "seed \(seed)")
            #expect(read.ports.map { Optional(Int($0)) } == (named?["ports"]?.elements ?? []).map { $0.wholeNumber }, "seed \(seed)")
            let set = PortSet(read)
            for port in (0..<40).map({ _ in UInt16.random(in: 0...65535, using: &random) }) + read.ports {
                let isNamed = read.ports.contains(port) || read.ranges.contains { ($0.first...$0.last).contains(port) }
                #expect(set.contains(port) == isNamed, "seed \(seed): \(port) in \(read)")
            }
            return true
        }
    }

    @Test("names, times and addresses of sinks too")
    func names() async throws {
        try await Fuzzing.run("names", inputs: 20_000) { random, seed in
            let base = random.pick(["+99999991000", "device-1000@testcsp.net", "https://user@example.com:443/a?b#c", "http://[::1]:80/", "QOS_L", "tel:+36721601234"])
            let text = random.oneIn(8) ? base : String(decoding: random.mutated(Array(base.utf8)), as: UTF8.self)
            let time = random.hostileTime()
            var taken = 0
            if let number = try? PhoneNumber(text) { #expect("\(number)" == text, "seed \(seed)"); taken += 1 }
            if (try? NetworkAccessIdentifier(text)) != nil { taken += 1 }
            if (try? QoSProfileName(text)) != nil { taken += 1 }
            if let id = SessionID(text) { #expect("\(id)".lowercased() == text.lowercased(), "seed \(seed)"); taken += 1 }
            if let url = try? SinkURL(text) {
                #expect(url.target.hasPrefix("/") && !url.host.isEmpty && (1...65535).contains(url.port), "seed \(seed): \(text)")
                #expect(url.target.utf8.allSatisfy { (0x21...0x7e).contains($0) }, "seed \(seed): \(text)")
                _ = url.literal
                taken += 1
            }
            if let time = try? Timestamp(rfc3339: time) {
                #expect((try? Timestamp(rfc3339: "\(time)")) == time, "seed \(seed): \(time)")
                taken += 1
            }
            return taken > 1
        }
    }
}

extension JSONValue {
    /// The value as a whole number, in any spelling.
    var wholeNumber: Int? {
        switch self {
        case .integer(let number): number
        case .number(let number): Int(exactly: number)
        default: nil
        }
    }
}
