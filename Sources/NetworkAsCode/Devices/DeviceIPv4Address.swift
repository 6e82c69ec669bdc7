import QualityOnDemand

/// A device's IPv4 address as servers see it, with a private address or a port to distinguish devices
/// behind the same address.
///
/// A public address alone names no device, because many devices share it. So a private address or a port is
/// needed as well. If there is no NAT, ``withoutNAT(_:)`` uses one address for both. The SDK checks the addresses
/// when it makes a request.
public struct DeviceIPv4Address: Hashable, Sendable {
    /// The address that servers see.
    public var publicAddress: String
    /// The address that the network gave the device; the same as the public address if there is no NAT.
    public var privateAddress: String?
    /// The port that servers see, 1 to 65535.
    public var publicPort: Int?

    /// Creates an address.
    public init(publicAddress: String, privateAddress: String? = nil, publicPort: Int? = nil) {
        self.publicAddress = publicAddress
        self.privateAddress = privateAddress
        self.publicPort = publicPort
    }

    /// The address of a device that is not behind a NAT: servers see the device's own address.
    public static func withoutNAT(_ address: String) -> DeviceIPv4Address {
        DeviceIPv4Address(publicAddress: address, privateAddress: address)
    }

    func validated() throws(InvalidValue) -> QualityOnDemand.DeviceIPv4Address {
        let publicIPv4 = try at("publicAddress") { () throws(InvalidValue) in try IPv4Address(publicAddress) }
        var privateIPv4: IPv4Address?
        if let privateAddress {
            privateIPv4 = try at("privateAddress") { () throws(InvalidValue) in try IPv4Address(privateAddress) }
        }
        var port: UInt16?
        if let publicPort {
            port = try at("publicPort") { () throws(InvalidValue) in try PortsSpec.port(publicPort) }
        }
        return try QualityOnDemand.DeviceIPv4Address(publicAddress: publicIPv4, privateAddress: privateIPv4, publicPort: port)
    }

    init(_ address: QualityOnDemand.DeviceIPv4Address) {
        publicAddress = address.publicAddress.description
        privateAddress = address.privateAddress?.description
        publicPort = address.publicPort.map { Int($0) }
    }
}
