import Foundation
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("The kernel's connection tracking table", .serialized, .enabled(if: TestGateway.isPossible, "needs NAC_INTEGRATION=1, as make sets it, root, tc and nft"))
struct ConnectionTrackingTests {
    private let second = "10.45.4.2"

    private func withTranslation(_ body: (TestGateway, ConnectionTracking) async throws -> Void) async throws {
        try await TestGateway.withGateway { gateway in
            try gateway.translate()
            try gateway.run(["ip", "address", "add", "198.51.100.8/24", "dev", "eth0"], at: "service")
            try await body(gateway, try gateway.tracking)
        }
    }

    private func behind(_ port: UInt16, _ tracking: ConnectionTracking, _ address: String = TestGateway.outside) throws -> [String] {
        try tracking.addresses(behind: IPv4Address(address), port: port).map(\.description)
    }

    @Test("names the device behind a public address and port, of UDP and TCP, and none behind others")
    func masquerade() async throws {
        try await withTranslation { gateway, tracking in
            #expect(try behind(5000, tracking) == [])
            try gateway.send(from: TestGateway.device, 5000, to: TestGateway.service, 9000)
            // The address has no host, because a host would refuse the connection and the
            // kernel would forget it at once.
            try gateway.send(from: second, 5001, to: "198.51.100.99", 9000, tcp: true)
            #expect(try behind(5000, tracking) == [TestGateway.device])
            #expect(try behind(5001, tracking) == [second])
            #expect(try behind(5002, tracking) == [])
            #expect(try behind(5000, tracking, "198.51.100.2") == [])
            #expect(try behind(9000, tracking, TestGateway.service) == [], "a service is no device")
        }
    }

    @Test("names the device that a port is forwarded to")
    func forwarded() async throws {
        try await withTranslation { gateway, tracking in
            try gateway.send(from: TestGateway.service, 6000, to: TestGateway.outside, 7777, at: "service")
            #expect(try behind(7777, tracking) == [TestGateway.device])
        }
    }

    @Test("finds the translated port where two devices use the same, and both where the kernel gives both the same")
    func sharedPorts() async throws {
        try await withTranslation { gateway, tracking in
            try gateway.send(from: TestGateway.device, 5000, to: TestGateway.service, 9000)
            try gateway.send(from: second, 5000, to: TestGateway.service, 9000)
            #expect(try behind(5000, tracking) == [TestGateway.device])
            let text = try gateway.run(["cat", "/proc/net/nf_conntrack"])
            let line = try #require(text.split(separator: "\n").first { $0.contains("src=\(second)") })
            let ports = line.split(separator: " ").filter { $0.hasPrefix("dport=") }.compactMap { UInt16($0.dropFirst(6)) }
            let translated = try #require(ports.last)
            #expect(translated != 5000)
            #expect(try behind(translated, tracking) == [second])
            // Towards another service, the second device can use the same port.
            try gateway.send(from: second, 5003, to: "198.51.100.8", 9000)
            try gateway.send(from: TestGateway.device, 5003, to: TestGateway.service, 9000)
            #expect(try behind(5003, tracking) == [TestGateway.device, second])

            let directory = try directory(tracking)
            let both = try Entries.device(phone: Entries.phone, ipv4: TestGateway.outside, port: 5003)
            #expect(try await directory.resolve(both).identifiedBy == .phoneNumber, "which of the two is meant cannot be told")
            let found = try await directory.resolve(Entries.device(ipv4: TestGateway.outside, port: 5000))
            #expect(found.key == DeviceKey("phone:\(Entries.phone)") && found.identifiedBy == .ipv4Address)
            #expect(found.addresses == (try Entries.addresses(TestGateway.device)))
            #expect(try await directory.resolve(Entries.device(ipv4: TestGateway.outside, port: translated)).key == DeviceKey(second))
            await #expect(throws: DirectoryError.notFound) { try await directory.resolve(Entries.device(ipv4: TestGateway.outside, port: 4999)) }
        }
    }

    private func directory(_ tracking: ConnectionTracking) throws -> GatewayDirectory {
        var configuration = GatewayDirectoryConfiguration()
        configuration.subnets = [try DeviceSubnet("10.45.0.0/16")]
        configuration.entries = [try Entries.entry(phone: Entries.phone, ipv4: TestGateway.device)]
        configuration.usesConnectionTracking = true
        return try GatewayDirectory(configuration, tracking: tracking, clock: TestClock(), logger: LogRecorder().logger)
    }

    @Test("that cannot be asked is an error, logged once, and no answer about a device")
    func unreachable() async throws {
        let log = LogRecorder()
        let lookup = TranslationLookup(ConnectionTracking(namespace: "there-is-none"), logger: log.logger)
        for _ in 0..<3 {
            let error = await #expect(throws: DirectoryError.self) { try await lookup.addresses(behind: IPv4Address("203.0.113.1"), port: 1) }
            #expect(error == .unreachable("/run/netns/there-is-none: No such file or directory"))
        }
        #expect(log.lines.count == 1)
    }

    @Test("answers quickly when it is full, and many who ask at once all get theirs or are told to come again")
    func many() async throws {
        try await withTranslation { gateway, tracking in
            guard (try? gateway.run(["conntrack", "--version"])) != nil else { return }
            // 60,000 separate connections through one public address.
            let entries = (0..<60_000).map { index in
                "-A -t 1000 -u SEEN_REPLY -s 10.45.\(index >> 8 & 255).\(index & 255) -d 198.51.100.7 -r 198.51.100.7 -q 203.0.113.1 -p udp "
                    + "--sport \(1024 + index) --dport 80 --reply-port-src 80 --reply-port-dst \(1024 + index)\n"
            }
            try gateway.run(["conntrack", "-R", "-"], input: entries.joined())
            let start = ContinuousClock.now
            for index in stride(from: 100, to: 60_000, by: 5_990) {
                #expect(try behind(UInt16(1024 + index), tracking, "203.0.113.1") == ["10.45.\(index >> 8).\(index & 255)"])
            }
            let each = (ContinuousClock.now - start) / 10
            print("one look-up among 60,000 connections: \(each)")
            #expect(each < .seconds(2))
            let lookup = TranslationLookup(tracking, logger: LogRecorder().logger)
            let answers = await withTaskGroup(of: Bool?.self) { group in
                for index in 0..<300 {
                    group.addTask { (try? await lookup.addresses(behind: IPv4Address("203.0.113.1"), port: UInt16(2000 + index)))?.count == 1 ? true : nil }
                }
                return await group.reduce(into: [Bool?]()) { $0.append($1) }
            }
            #expect(answers.filter { $0 == true }.count >= 256)
        }
    }
}
