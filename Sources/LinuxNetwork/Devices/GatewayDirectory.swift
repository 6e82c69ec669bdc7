public import Logging
import NIOConcurrencyHelpers
public import QualityOnDemand
public import Southbound

/// The devices behind a gateway: entries, with addresses set by hand or by DHCP, and every address in some subnets,
/// which is a device itself.
///
/// Files are checked every second. A problem with a file is logged once, and the last good content stays in use.
public final class GatewayDirectory: DeviceDirectory {
    fileprivate struct State {
        var table: DeviceTable
        /// The devices that had an address that no device has now, as far as is remembered.
        var formerOwners: [IPSubnet: [DeviceKey]] = [:]
    }

    private let sources: NIOLockedValueBox<DeviceSources>
    private let state: NIOLockedValueBox<State>
    private let translations: TranslationLookup?
    private let queue = BlockingQueue(label: "GatewayDirectory")
    let neighbours: NeighbourLookup
    let pairs = NIOLockedValueBox(AddressPairs())
    let clock: any EngineClock
    private let isWatching: Bool

    /// Reads everything for the first time. Blocks.
    ///
    /// - Throws: ``GatewayDirectoryError`` naming the setting, file and entry that cannot work.
    public convenience init(
        _ configuration: GatewayDirectoryConfiguration, clock: any EngineClock, logger: Logger
    ) throws(GatewayDirectoryError) {
        try self.init(configuration, tracking: ConnectionTracking(), clock: clock, logger: logger)
    }

    init(
        _ configuration: GatewayDirectoryConfiguration, tracking: ConnectionTracking, neighbours: NeighbourLookup? = nil, clock: any EngineClock,
        logger: Logger
    ) throws(GatewayDirectoryError) {
        var sources = DeviceSources(configuration, logger: logger)
        let table = try sources.start(at: clock.now)
        isWatching = sources.isWatching
        self.sources = NIOLockedValueBox(sources)
        self.state = NIOLockedValueBox(State(table: table))
        self.clock = clock
        self.neighbours = neighbours ?? NeighbourLookup(logger: logger)
        translations = configuration.usesConnectionTracking ? TranslationLookup(tracking, logger: logger) : nil
    }

    public func resolve(_ device: Device) async throws(DirectoryError) -> ResolvedDevice {
        for kind in device.identifierKinds {
            guard let first = try await find(device, by: kind) else { continue }
            let found = await paired(first, device)
            return ResolvedDevice(key: found.key, identifiedBy: kind, addresses: found.addresses)
        }
        throw .notFound
    }

    public func addresses(of devices: [DeviceKey: NetworkAddresses]) async -> [DeviceKey: Result<NetworkAddresses, DirectoryError>] {
        let (table, now) = (table, clock.now)
        return Dictionary(uniqueKeysWithValues: devices.map { device, former in
            let addresses = table.addresses(of: device, formerly: former)
            pairs.withLockedValue { $0.note(device, addresses, at: now) }
            return (device, .success(addresses))
        })
    }

    public func run(changed: @escaping @Sendable ([DeviceKey]) async -> Void) async throws {
        // Reported once more at the next check: a session that was being created with the old addresses exists by
        // then.
        var toldOnce: Set<DeviceKey> = []
        while true {
            try await clock.sleep(for: .seconds(1))
            let news = await look()
            let all = toldOnce.union(news)
            if !all.isEmpty { await changed(Array(all)) }
            toldOnce = news
        }
    }

    var table: DeviceTable { state.withLockedValue { $0.table } }

    // MARK: Finding

    private func find(_ device: Device, by kind: Device.IdentifierKind) async throws(DirectoryError) -> (key: DeviceKey, addresses: NetworkAddresses)? {
        switch kind {
        case .ipv4Address: try await device.ipv4Address.asyncFlatMap { address async throws(DirectoryError) in try await find(address) }
        case .ipv6Address: device.ipv6Address.flatMap { table.device(at: $0.address) }
        case .phoneNumber: device.phoneNumber.flatMap { table.device($0) }
        case .networkAccessIdentifier: device.networkAccessIdentifier.flatMap { table.device($0) }
        }
    }

    /// The private address is the network's own. The public address is the device's own if nothing translates between
    /// them; otherwise the kernel knows the device behind it.
    private func find(_ address: DeviceIPv4Address) async throws(DirectoryError) -> (key: DeviceKey, addresses: NetworkAddresses)? {
        let table = self.table
        for candidate in [address.privateAddress, address.publicAddress] {
            if let found = candidate.flatMap({ table.device(at: $0) }) { return found }
        }
        guard let translations, let port = address.publicPort else { return nil }
        let behind = try await translations.addresses(behind: address.publicAddress, port: port).compactMap { table.device(at: $0) }
        // Two devices may have the same port towards different services. The request does not tell which device is
        // meant.
        guard let first = behind.first, behind.allSatisfy({ $0.key == first.key }) else { return nil }
        return first
    }

    // MARK: Watching

    /// - Returns: the keys of devices whose addresses changed.
    private func look() async -> Set<DeviceKey> {
        guard isWatching else { return [] }
        let (sources, now, old) = (self.sources, clock.now, table)
        let news = await queue.run { () -> (DeviceTable, [DeviceTable.Change])? in
            sources.withLockedValue { $0.look(at: now) }.map { ($0, $0.changes(since: old)) }
        }
        guard let (table, changes) = news else { return [] }
        return state.withLockedValue { $0.replace(with: table, changes) }
    }
}

extension GatewayDirectory.State {
    /// How many former owners are remembered; the engine's next comparison finds the forgotten ones.
    private static let mostFormerOwners = 100_000

    fileprivate mutating func replace(with new: DeviceTable, _ changes: [DeviceTable.Change]) -> Set<DeviceKey> {
        table = new
        if formerOwners.count > Self.mostFormerOwners { formerOwners = [:] }
        for change in changes {
            for address in change.before?.each ?? [] { formerOwners[address] = change.keys }
        }
        var changed = Set(changes.flatMap(\.keys))
        // A former owner has to give up an address that another device has now, even long after it last appeared.
        for change in changes {
            for address in change.after?.each ?? [] { changed.formUnion(formerOwners.removeValue(forKey: address) ?? []) }
        }
        return changed
    }
}

extension NetworkAddresses {
    fileprivate var each: [IPSubnet] {
        [IPFamily.ipv4, .ipv6].compactMap(subnet)
    }
}

extension Optional where Wrapped: Sendable {
    fileprivate func asyncFlatMap<Value, Failure: Error>(
        _ body: (Wrapped) async throws(Failure) -> Value?
    ) async throws(Failure) -> Value? {
        guard let self else { return nil }
        return try await body(self)
    }
}
