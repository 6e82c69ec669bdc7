import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import SimulatedNetwork
import Testing

@Suite("The sandbox's directory")
struct SandboxDirectoryTests {
    private let directory = SandboxDirectory()

    @Test("keeps the contract of a directory", arguments: DeviceDirectoryConformance.checks)
    func conformance(_ check: DeviceDirectoryConformance.Check) async throws {
        let subjects = DeviceDirectoryConformance.Subjects(
            device: [
                try Device(phoneNumber: PhoneNumber("+99999991007")), try Device(networkAccessIdentifier: NetworkAccessIdentifier("device-1007@testcsp.net")),
                try Device(ipv6Address: DeviceIPv6Address("2001:db8:45::1007")),
            ],
            other: try Device(phoneNumber: PhoneNumber("+99999991008")), stranger: try Device(phoneNumber: PhoneNumber("+3612345678")))
        try await check.run(directory, subjects)
    }

    private func key(_ device: Device) async throws -> String {
        try await directory.resolve(device).key.description
    }

    @Test("knows every test device by each of its names", arguments: [1000, 1001, 1249, 1250, 1999, 2000, 3999, 4999])
    func names(number: Int) async throws {
        let device = try #require(TestDevice(number))
        let expected = "device-\(number)"
        #expect(try await key(Device(phoneNumber: PhoneNumber("+9999999\(number)"))) == expected)
        #expect(try await key(Device(networkAccessIdentifier: NetworkAccessIdentifier("device-\(number)@TestCSP.net"))) == expected)
        #expect(try await key(Device(ipv6Address: DeviceIPv6Address("2001:db8:45:0::\(number)"))) == expected)
        let publicAddress = try IPv4Address("233.252.0.1")
        let port = try DeviceIPv4Address(publicAddress: publicAddress, privateAddress: nil, publicPort: UInt16(number))
        #expect(try await key(Device(ipv4Address: port)) == expected)
        let inside = try IPv4Address("10.45.\(number / 250).\(number % 250 + 1)")
        #expect(device.privateIPv4 == inside)
        let address = try DeviceIPv4Address(publicAddress: inside, privateAddress: inside, publicPort: nil)
        #expect(try await key(Device(ipv4Address: address)) == expected)
    }

    @Test("takes the first identifier it knows: IPv4, IPv6, phone number, name")
    func order() async throws {
        let everything = try Device(
            phoneNumber: PhoneNumber("+99999991003"), networkAccessIdentifier: NetworkAccessIdentifier("device-1004@testcsp.net"),
            ipv4Address: DeviceIPv4Address(publicAddress: IPv4Address("233.252.0.1"), privateAddress: nil, publicPort: 1001),
            ipv6Address: DeviceIPv6Address("2001:db8:45::1002"))
        let resolved = try await directory.resolve(everything)
        #expect(resolved.key.description == "device-1001")
        #expect(resolved.identifiedBy == .ipv4Address)
        let strangerByPhone = try Device(
            phoneNumber: PhoneNumber("+36201234567"), networkAccessIdentifier: NetworkAccessIdentifier("device-1004@testcsp.net"))
        let byName = try await directory.resolve(strangerByPhone)
        #expect(byName.key.description == "device-1004")
        #expect(byName.identifiedBy == .networkAccessIdentifier)
    }

    @Test("other addresses and names stand for a device that is available at once, always the same")
    func standIns() async throws {
        let ipv4 = try Device(ipv4Address: DeviceIPv4Address(
            publicAddress: IPv4Address("233.252.0.2"), privateAddress: IPv4Address("192.0.2.25"), publicPort: 80))
        let others = [
            ipv4, try Device(ipv6Address: DeviceIPv6Address("2001:db8:1234:5678:9abc:def0:fedc:ba98")),
            try Device(networkAccessIdentifier: NetworkAccessIdentifier("device@testcsp.net")),
            try Device(networkAccessIdentifier: NetworkAccessIdentifier("device-6000@testcsp.net")),
            try Device(ipv6Address: DeviceIPv6Address("2001:db8:45::6000")),
        ]
        for device in others {
            let first = try await key(device)
            let number = try #require(Int(first.dropFirst("device-".count)))
            #expect((1000...1999).contains(number))
            #expect(try await key(device) == first)
        }
        // The stand-in never changes: another stand-in would lose its sessions at an update.
        #expect(try await key(others[2]) == "device-\(SandboxDirectoryTests.expectedStandIn)")
    }

    /// FNV-1a of "device", modulo 1000, above 1000.
    private static var expectedStandIn: Int {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte in "device".utf8 { hash = (hash ^ UInt64(byte)).multipliedReportingOverflow(by: 1_099_511_628_211).partialValue }
        return 1000 + Int(hash % 1000)
    }

    @Test(
        "does not know other phone numbers, nor names at other domains",
        arguments: ["+99999990999", "+99999996000", "+36201234567", "+999999910000"])
    func strangers(number: String) async throws {
        await #expect(throws: DirectoryError.notFound) { try await directory.resolve(Device(phoneNumber: PhoneNumber(number))) }
        await #expect(throws: DirectoryError.notFound) {
            try await directory.resolve(Device(networkAccessIdentifier: NetworkAccessIdentifier("device-1000@example.com")))
        }
        await #expect(throws: DirectoryError.notFound) {
            try await directory.resolve(Device(networkAccessIdentifier: NetworkAccessIdentifier("testcsp.net")))
        }
    }

    @Test("says of the last thousand that they are not served")
    func notServed() async throws {
        await #expect(throws: DirectoryError.notServed) { try await directory.resolve(Device(phoneNumber: PhoneNumber("+99999995000"))) }
    }
}
