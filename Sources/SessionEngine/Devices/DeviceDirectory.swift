public import QualityOnDemand

/// Knows which device an identifier names.
///
/// Of several identifiers the first that it knows counts, in the order of `Device.IdentifierKind`; whether they
/// agree is nobody's business.
///
/// - A device has one key, whichever identifier it was found by, and keeps it while its addresses change and over restarts.
/// - What the directory tells of its own accord is a hint: whoever hears it asks again. What is not told is found at the
///   next comparison.
public protocol DeviceDirectory: Sendable {
    /// - Returns: the device; without addresses where it is known but not connected now.
    /// - Throws: ``DirectoryError/notFound`` where none of the identifiers is known, ``DirectoryError/notServed``
    ///   for a device that is known but gets no Quality on Demand.
    func resolve(_ device: Device) async throws(DirectoryError) -> ResolvedDevice

    /// The addresses that a device has now.
    ///
    /// - Parameter former: the addresses that it had when it was last asked about. One for which there is no other stays, so
    ///   that a device that is away for a moment keeps its sessions, unless it is known to be another device's now. So the
    ///   answer may be no address at all.
    /// - Throws: ``DirectoryError/unreachable(_:)`` where the directory cannot be asked.
    func addresses(of device: DeviceKey, formerly former: NetworkAddresses) async throws(DirectoryError) -> NetworkAddresses

    /// Works until cancelled, telling which devices may have other addresses now.
    ///
    /// - Parameter changed: returns when the news was taken. Keys of devices that have no session are no error, and a key may
    ///   be told any number of times.
    func run(changed: @escaping @Sendable ([DeviceKey]) async -> Void) async throws
}

extension DeviceDirectory {
    /// For directories in which a device never changes its addresses.
    public func addresses(of device: DeviceKey, formerly former: NetworkAddresses) async throws(DirectoryError) -> NetworkAddresses { former }

    /// For directories that tell nothing of their own accord: waits to be cancelled.
    public func run(changed: @escaping @Sendable ([DeviceKey]) async -> Void) async throws {
        let (silence, continuation) = AsyncStream.makeStream(of: Never.self)
        for await _ in silence {}
        withExtendedLifetime(continuation) {}
        try Task.checkCancellation()
    }
}

/// A device as the directory knows it.
public struct ResolvedDevice: Hashable, Sendable {
    /// The same whichever identifier it was found by.
    public let key: DeviceKey
    public let identifiedBy: Device.IdentifierKind
    /// None while the device is not connected.
    public let addresses: NetworkAddresses

    public init(key: DeviceKey, identifiedBy: Device.IdentifierKind, addresses: NetworkAddresses) {
        self.key = key
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
