import Logging
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound

@testable import LinuxNetwork

/// Entries, devices and directories for these tests; a test names only the values that matter to it.
enum Entries {
    static let phone = "+36721601234567"
    static let name = "cam-1@site.example"

    static func entry(
        phone: String? = nil, name: String? = nil, ipv4: String? = nil, ipv6: String? = nil, mac: String? = nil, host: String? = nil,
        place: String = "here"
    ) throws -> DeviceEntry {
        DeviceEntry(
            phoneNumber: try phone.map { try PhoneNumber($0) }, networkAccessIdentifier: try name.map { try NetworkAccessIdentifier($0) },
            ipv4Address: try ipv4.map { try IPv4Address($0) }, ipv6Address: try ipv6?.split(separator: "/").first.map { try IPv6Address(String($0)) },
            ipv6PrefixLength: ipv6?.split(separator: "/").dropFirst().first.flatMap { Int($0) }, hardwareAddress: try mac.map { try HardwareAddress($0) }, hostname: host, place: place)
    }

    static func table(_ entries: [DeviceEntry], _ leases: [Lease] = [], at seconds: Int64 = 1000) throws -> DeviceTable {
        DeviceTable(
            subnets: [try DeviceSubnet("10.45.0.0/16")], entries: try DeviceEntries(entries, hasLeases: true), leases: leases,
            at: Timestamp(milliseconds: seconds * 1000))
    }

    static func lease(_ address: String, mac: String? = nil, host: String? = nil, until seconds: Int64? = 2000) throws -> Lease {
        Lease(
            address: address.contains(":") ? .ipv6(try IPv6Address(address)) : .ipv4(try IPv4Address(address)),
            hardwareAddress: try mac.map { try HardwareAddress($0) }, hostname: host, expiresAt: seconds.map { Timestamp(milliseconds: $0 * 1000) })
    }

    static func addresses(_ ipv4: String? = nil, _ ipv6: String? = nil) throws -> NetworkAddresses {
        NetworkAddresses(ipv4: try ipv4.map { try IPv4Address($0) }, ipv6Prefix: try ipv6.map { try IPSubnet(ipv6: $0) })
    }

    static func device(
        phone: String? = nil, name: String? = nil, ipv4: String? = nil, private privateAddress: String? = nil, port: UInt16? = 5000, ipv6: String? = nil
    ) throws -> Device {
        try Device(
            phoneNumber: try phone.map { try PhoneNumber($0) }, networkAccessIdentifier: try name.map { try NetworkAccessIdentifier($0) },
            ipv4Address: try ipv4.map {
                try DeviceIPv4Address(publicAddress: IPv4Address($0), privateAddress: privateAddress.map { try IPv4Address($0) }, publicPort: port)
            },
            ipv6Address: try ipv6.map { try DeviceIPv6Address($0) })
    }

    static func directory(
        _ entries: [DeviceEntry] = [], subnets: [String] = ["10.45.0.0/16", "2001:db8:45::/48"], clock: TestClock = TestClock(),
        log: LogRecorder = LogRecorder(), _ change: (inout GatewayDirectoryConfiguration) -> Void = { _ in }
    ) throws -> GatewayDirectory {
        var configuration = GatewayDirectoryConfiguration()
        configuration.subnets = try subnets.map { try DeviceSubnet($0) }
        configuration.entries = entries
        change(&configuration)
        return try GatewayDirectory(configuration, clock: clock, logger: log.logger)
    }
}

/// Keeps the log records.
final class LogRecorder: Sendable {
    private let kept = NIOLockedValueBox<[String]>([])

    /// Level, message and fields of each record.
    var lines: [String] { kept.withLockedValue { $0 } }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(recorder: self) }
    }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            recorder.kept.withLockedValue { $0.append("\(event.level): \(event.message)\(fields)") }
        }
    }
}
