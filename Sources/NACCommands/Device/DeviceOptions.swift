import ArgumentParser
import NetworkAsCode
import QualityOnDemand

/// The identifiers of a device. One identifier is enough; several identifiers must belong to the same device.
struct DeviceOptions: ParsableArguments {
    @Option(
        name: [.customLong("phone-number"), .customLong("phone")],
        help: ArgumentHelp("In international format, such as +99999991000.", valueName: "number"))
    var phoneNumber: String?

    @Option(help: ArgumentHelp("Such as device-1000@testcsp.net.", valueName: "name"))
    var networkAccessIdentifier: String?

    @Option(
        help: ArgumentHelp(
            """
            One address without NAT, such as 10.45.0.2; behind NAT the public address with the public port, the private address or \
            both, such as 233.252.0.1:1000 or 233.252.0.1,10.45.4.1.
            """,
            valueName: "address"))
    var ipv4: String?

    @Option(help: ArgumentHelp("Such as 2001:db8:45::1000.", valueName: "address"))
    var ipv6: String?

    func validate() throws {
        if let phoneNumber { _ = try reading("--phone-number") { () throws(InvalidValue) in try PhoneNumber(adding: phoneNumber) } }
        if let networkAccessIdentifier {
            try reading("--network-access-identifier") { () throws(InvalidValue) in try Self.check(networkAccessIdentifier) }
        }
        _ = try ipv4Address
        if let ipv6 { _ = try reading("--ipv6") { () throws(InvalidValue) in try IPv6Address(ipv6) } }
    }

    var isGiven: Bool { phoneNumber != nil || networkAccessIdentifier != nil || ipv4 != nil || ipv6 != nil }

    /// The device that the flags name; if no flag is given, the device that the token names.
    ///
    /// A missing device is an error only here, and not while the flags are read. There, it would hide the more useful
    /// error about a misspelt flag.
    func device(of client: NetworkAsCodeClient, _ common: CommonOptions) throws(ValidationError) -> NetworkAsCode.Device {
        guard isGiven else {
            guard try common.mayNameDevice else { throw ValidationError("no device is named; \(Self.advice)") }
            return client.devices.ofToken
        }
        return client.devices.get(networkAccessIdentifier, ipv4Address: try ipv4Address, ipv6Address: ipv6, phoneNumber: phoneNumber)
    }

    static let advice = "give --phone-number, --network-access-identifier, --ipv4 or --ipv6"

    private var ipv4Address: NetworkAsCode.DeviceIPv4Address? {
        get throws(ValidationError) {
            guard let ipv4 else { return nil }
            return try reading("--ipv4") { () throws(InvalidValue) in try IPv4Option.read(ipv4) }
        }
    }

    private static func check(_ name: String) throws(InvalidValue) {
        guard !name.isEmpty else { throw InvalidValue("is empty; such as device@example.com is allowed") }
        _ = try NetworkAccessIdentifier(name)
    }
}
