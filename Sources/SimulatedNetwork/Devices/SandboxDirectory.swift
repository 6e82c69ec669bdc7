public import QualityOnDemand
public import Southbound

/// The directory of the Developer Sandbox. It knows the test devices, and finds one of them for every other address.
public struct SandboxDirectory: DeviceDirectory {
    public init() {}

    public func resolve(_ device: Device) async throws(DirectoryError) -> ResolvedDevice {
        for kind in device.identifierKinds {
            guard let found = Self.find(device, by: kind) else { continue }
            guard found.behaviour != .notServed else { throw .notServed }
            return ResolvedDevice(
                key: DeviceKey("device-\(found.number)"), identifiedBy: kind,
                addresses: NetworkAddresses(ipv4: found.privateIPv4, ipv6: found.ipv6))
        }
        throw .notFound
    }

    private static func find(_ device: Device, by kind: Device.IdentifierKind) -> TestDevice? {
        switch kind {
        case .ipv4Address: device.ipv4Address.map(TestDevice.init(ipv4:))
        case .ipv6Address: device.ipv6Address.map { TestDevice(ipv6: $0.address) }
        case .phoneNumber: device.phoneNumber.flatMap(TestDevice.init(phoneNumber:))
        case .networkAccessIdentifier: device.networkAccessIdentifier.flatMap(TestDevice.init(networkAccessIdentifier:))
        }
    }
}
