public import QualityOnDemand

/// Finds the device that an identifier names.
///
/// Of several identifiers, the first one that the directory knows counts, in the order of `Device.IdentifierKind`.
/// The directory does not check whether the identifiers agree.
///
/// - A device has one key, which is the same for all its identifiers. The device keeps the key while its addresses
///   change, and over restarts.
/// - A change that the directory reports is a hint: the receiver asks the directory again. The next comparison finds
///   the changes that the directory does not report.
public protocol DeviceDirectory: Sendable {
    /// - Returns: the device; without addresses if the device is known but not connected now.
    /// - Throws: ``DirectoryError/notFound`` if the directory knows none of the identifiers,
    ///   ``DirectoryError/notServed`` for a known device that gets no Quality on Demand.
    func resolve(_ device: Device) async throws(DirectoryError) -> ResolvedDevice

    /// The addresses that devices have now. A failure concerns only its own device.
    ///
    /// - Parameter devices: each device with the addresses from the last answer for it. If the directory has no new
    ///   address to replace a former one, the former one stays, so that a device that is away for a moment keeps its
    ///   sessions. A former address that belongs to another device now does not stay. So an answer may have no address
    ///   at all.
    /// - Returns: an answer for each device; ``DirectoryError/unreachable(_:)`` if the directory cannot be asked.
    func addresses(of devices: [DeviceKey: NetworkAddresses]) async -> [DeviceKey: Result<NetworkAddresses, DirectoryError>]

    /// Works until cancelled, and reports the devices that may have other addresses now.
    ///
    /// - Parameter changed: returns after the receiver has taken the change. The keys may include devices without a
    ///   session, and the directory may report a key any number of times.
    func run(changed: @escaping @Sendable ([DeviceKey]) async -> Void) async throws
}

extension DeviceDirectory {
    /// For directories in which a device never changes its addresses.
    public func addresses(of devices: [DeviceKey: NetworkAddresses]) async -> [DeviceKey: Result<NetworkAddresses, DirectoryError>] {
        devices.mapValues { .success($0) }
    }

    /// The addresses that one device has now.
    public func addresses(of device: DeviceKey, formerly former: NetworkAddresses) async throws(DirectoryError) -> NetworkAddresses {
        try await addresses(of: [device: former])[device]?.get() ?? former
    }

    /// For directories that report no changes: waits until cancelled.
    public func run(changed: @escaping @Sendable ([DeviceKey]) async -> Void) async throws {
        let (silence, continuation) = AsyncStream.makeStream(of: Never.self)
        for await _ in silence {}
        withExtendedLifetime(continuation) {}
        try Task.checkCancellation()
    }
}

/// A device as the directory knows it.
public struct ResolvedDevice: Hashable, Sendable {
    /// The same key for each of the device's identifiers.
    public let key: DeviceKey
    /// The site whose directory found the device. A directory leaves it as it is; the engine fills it in.
    public let site: SiteName
    public let identifiedBy: Device.IdentifierKind
    /// Empty while the device is not connected.
    public let addresses: NetworkAddresses

    public init(
        key: DeviceKey, site: SiteName = .default, identifiedBy: Device.IdentifierKind, addresses: NetworkAddresses
    ) {
        self.key = key
        self.site = site
        self.identifiedBy = identifiedBy
        self.addresses = addresses
    }
}

/// Why a device cannot have a session.
public enum DirectoryError: Error, Hashable, Sendable {
    case notFound
    case notServed
    /// The directory itself cannot be asked now.
    case unreachable(String)
}
