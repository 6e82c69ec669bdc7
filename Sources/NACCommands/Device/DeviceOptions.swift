import ArgumentParser
import NetworkAsCode
import QualityOnDemand

/// Which device; one identifier is enough, several have to be of the same device.
struct DeviceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("In international format, such as +99999991000.", valueName: "number"))
    var phoneNumber: String?

    @Option(help: ArgumentHelp("Such as device-1000@testcsp.net.", valueName: "name"))
    var networkAccessIdentifier: String?

    @Option(
        help: ArgumentHelp(
            "Public address with public port, private address or both, such as 233.252.0.1:1000 or 233.252.0.1,10.45.4.1.",
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

    /// The device. That there is none is found only here, not while the flags are read: a flag that is misspelt is the better
    /// thing to tell, and would not be.
    func device(of client: NetworkAsCodeClient) throws(ValidationError) -> NetworkAsCode.Device {
        guard isGiven else {
            throw ValidationError("no device is named; give --phone-number, --network-access-identifier, --ipv4 or --ipv6")
        }
        return client.devices.get(networkAccessIdentifier, ipv4Address: try ipv4Address, ipv6Address: ipv6, phoneNumber: phoneNumber)
    }

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
