/// Devices of the network: ``NetworkAsCodeClient/devices``.
public struct Devices: Sendable {
    let core: Core

    /// The device that the client's token names.
    ///
    /// Some tokens are issued for one device (in OAuth's terms: three-legged, with the consent of a subscriber). With
    /// such a token, a request must not name a device. With any other token, a request must name a device, or the
    /// provider answers `MISSING_IDENTIFIER`.
    public var ofToken: Device {
        Device(core: core, phoneNumber: nil, networkAccessIdentifier: nil, ipv4Address: nil, ipv6Address: nil, isOfToken: true)
    }

    /// A device with at least one identifier. This method sends nothing; the SDK checks the identifiers
    /// when it makes a request.
    ///
    /// - Parameters:
    ///   - networkAccessIdentifier: A name such as `device@testcsp.net`.
    ///   - ipv4Address: The public address with the public port or the private address.
    ///   - ipv6Address: One address of the device.
    ///   - phoneNumber: The number in international format: 5 to 15 digits with or without "+",
    ///     no spaces and no brackets.
    public func get(
        _ networkAccessIdentifier: String? = nil, ipv4Address: DeviceIPv4Address? = nil, ipv6Address: String? = nil,
        phoneNumber: String? = nil
    ) -> Device {
        Device(
            core: core, phoneNumber: phoneNumber, networkAccessIdentifier: networkAccessIdentifier, ipv4Address: ipv4Address,
            ipv6Address: ipv6Address)
    }
}
