import QualityOnDemand

/// A device of the network, named by the identifiers that the application knows.
///
/// Creating this value sends nothing and checks nothing. The SDK checks the identifiers when it makes a request.
/// Several identifiers must belong to the same device; the provider uses one of them.
public struct Device: Sendable {
    /// The phone number, in international format.
    public let phoneNumber: String?
    /// The network access identifier.
    public let networkAccessIdentifier: String?
    /// The IPv4 address.
    public let ipv4Address: DeviceIPv4Address?
    /// The IPv6 address.
    public let ipv6Address: String?

    let core: Core
    /// Whether the token names the device. If so, requests must not name a device.
    let isOfToken: Bool

    init(
        core: Core, phoneNumber: String?, networkAccessIdentifier: String?, ipv4Address: DeviceIPv4Address?, ipv6Address: String?,
        isOfToken: Bool = false
    ) {
        self.isOfToken = isOfToken
        self.core = core
        self.phoneNumber = phoneNumber
        self.networkAccessIdentifier = networkAccessIdentifier
        self.ipv4Address = ipv4Address
        self.ipv6Address = ipv6Address
    }

    init(core: Core, _ device: QualityOnDemand.Device) {
        self.init(
            core: core, phoneNumber: device.phoneNumber?.description,
            networkAccessIdentifier: device.networkAccessIdentifier?.description,
            ipv4Address: device.ipv4Address.map { DeviceIPv4Address($0) }, ipv6Address: device.ipv6Address?.description)
    }

    /// The identifiers in the API's form; `nil` if the token names the device.
    ///
    /// - Throws: an error with a path that begins with `device`.
    func validated() throws(NetworkAsCodeError) -> QualityOnDemand.Device? {
        guard !isOfToken else { return nil }
        do {
            return try checked()
        } catch {
            throw NetworkAsCodeError(error.at("device"))
        }
    }

    private func checked() throws(InvalidValue) -> QualityOnDemand.Device {
        var number: PhoneNumber?
        if let phoneNumber {
            number = try at("phoneNumber") { () throws(InvalidValue) in try PhoneNumber(adding: phoneNumber) }
        }
        var identifier: NetworkAccessIdentifier?
        if let networkAccessIdentifier {
            identifier = try at("networkAccessIdentifier") { () throws(InvalidValue) in
                guard !networkAccessIdentifier.isEmpty else { throw InvalidValue("is empty; such as device@example.com is allowed") }
                return try NetworkAccessIdentifier(networkAccessIdentifier)
            }
        }
        var ipv4: QualityOnDemand.DeviceIPv4Address?
        if let ipv4Address {
            ipv4 = try at("ipv4Address") { () throws(InvalidValue) in try ipv4Address.validated() }
        }
        var ipv6: DeviceIPv6Address?
        if let ipv6Address {
            ipv6 = try at("ipv6Address") { () throws(InvalidValue) in try DeviceIPv6Address(ipv6Address) }
        }
        return try QualityOnDemand.Device(
            phoneNumber: number, networkAccessIdentifier: identifier, ipv4Address: ipv4, ipv6Address: ipv6)
    }
}

extension Device: Hashable {
    /// Whether both devices have the same identifiers. Their clients do not matter.
    public static func == (a: Device, b: Device) -> Bool {
        a.phoneNumber == b.phoneNumber && a.networkAccessIdentifier == b.networkAccessIdentifier
            && a.ipv4Address == b.ipv4Address && a.ipv6Address == b.ipv6Address && a.isOfToken == b.isOfToken
    }

    /// Feeds the identifiers to the hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(phoneNumber)
        hasher.combine(networkAccessIdentifier)
        hasher.combine(ipv4Address)
        hasher.combine(ipv6Address)
    }
}

extension Device: CustomStringConvertible {
    /// The identifiers, as given.
    public var description: String {
        let ipv4 = ipv4Address.map { address in
            let port = address.publicPort.map { ":\($0)" } ?? ""
            return address.publicAddress + port + (address.privateAddress.map { " (\($0))" } ?? "")
        }
        let texts = [ipv4, ipv6Address, phoneNumber, networkAccessIdentifier].compactMap { $0 }
        return texts.isEmpty ? (isOfToken ? "the token's device" : "no device") : texts.joined(separator: ", ")
    }
}
