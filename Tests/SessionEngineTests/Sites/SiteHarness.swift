import Logging
import NIOConcurrencyHelpers
import QoDTestSupport
import SQLiteStore
import SessionEngine
import Southbound

/// A directory of devices by phone number; tests move devices in and out.
final class TownDirectory: DeviceDirectory {
    private let devices: NIOLockedValueBox<[Int: NetworkAddresses]>
    private let changes: AsyncStream<[DeviceKey]>
    private let changed: AsyncStream<[DeviceKey]>.Continuation

    init(_ devices: [Int: NetworkAddresses]) {
        self.devices = NIOLockedValueBox(devices)
        (changes, changed) = AsyncStream.makeStream(of: [DeviceKey].self)
    }

    static func number(_ device: Int) -> String { "+9999999\(device)" }
    static func key(_ device: Int) -> DeviceKey { DeviceKey("phone:\(number(device))") }

    /// - Parameter addresses: `nil` if the device is not connected here any more.
    func put(_ device: Int, _ addresses: NetworkAddresses?) {
        devices.withLockedValue { $0[device] = addresses }
        changed.yield([Self.key(device)])
    }

    func resolve(_ device: Device) async throws(DirectoryError) -> ResolvedDevice {
        let found = devices.withLockedValue { devices in
            devices.first { Self.number($0.key) == device.phoneNumber?.description }
        }
        guard let found else { throw .notFound }
        return ResolvedDevice(key: Self.key(found.key), identifiedBy: .phoneNumber, addresses: found.value)
    }

    func addresses(of devices: [DeviceKey: NetworkAddresses]) async -> [DeviceKey: Result<NetworkAddresses, DirectoryError>] {
        let known = self.devices.withLockedValue { devices in
            Dictionary(uniqueKeysWithValues: devices.map { (Self.key($0.key), $0.value) })
        }
        return Dictionary(uniqueKeysWithValues: devices.keys.map { key in
            (key, known[key].map { .success($0) } ?? .failure(.notFound))
        })
    }

    func run(changed: @escaping @Sendable ([DeviceKey]) async -> Void) async throws {
        for await keys in changes { await changed(keys) }
        try Task.checkCancellation()
    }
}

/// An engine with several sites, on a clock that only the test moves.
final class SiteHarness: Sendable {
    let clock: TestClock
    let store: any SessionStore
    let engine: SessionEngine
    private let running: Task<Void, any Error>

    init(_ sites: [EngineSite], store: (any SessionStore)? = nil, clock: TestClock = TestClock()) async throws {
        self.clock = clock
        self.store = try store ?? SQLiteStore.inMemory()
        let engine = SessionEngine(
            store: self.store, sites: sites, clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        self.engine = engine
        running = Task { try await engine.run() }
        try await eventually { sites.allSatisfy { engine.reasonNotReady($0.name) == nil || ($0.network as? HandleNetwork)?.isBroken == true } }
    }

    /// Kills the engine: its memory is lost, and the store and the networks survive.
    func kill() async {
        running.cancel()
        _ = await running.result
    }

    deinit { running.cancel() }

    static func site(
        _ name: String, _ network: HandleNetwork, _ directory: TownDirectory, profiles: ProfileCatalogue = ProfileCatalogue(),
        settings: SiteSettings = SiteSettings()
    ) throws -> EngineSite {
        EngineSite(name: try SiteName(name), network: network, directory: directory, profiles: profiles, settings: settings)
    }

    func order(_ device: Int, server: String = "198.51.100.7", sites: Set<SiteName>? = nil) throws -> SessionOrder {
        var order = SessionOrder(
            device: try Device(phoneNumber: PhoneNumber(TownDirectory.number(device))), flow: Fixture.flow(server),
            profile: try QoSProfileName("QOS_L"), duration: 86_400)
        order.sites = sites
        return order
    }

    func create(_ device: Int, server: String = "198.51.100.7") async throws -> Session {
        try await engine.create(try order(device, server: server), by: Fixture.client)
    }

    func session(_ id: SessionID) async throws -> Session { try await engine.session(id, of: Fixture.client) }

    /// Moves the clock until a condition holds.
    func passTime(_ step: Duration = .milliseconds(100), until condition: () async throws -> Bool) async throws {
        try await eventually {
            if try await condition() { return true }
            self.clock.advance(by: step)
            return false
        }
    }

    /// Moves the clock, with time for the work of each step.
    func passTime(_ duration: Duration, step: Duration = .milliseconds(200)) async throws {
        let end = clock.uptime + duration
        while clock.uptime < end {
            clock.advance(by: step)
            for _ in 0..<20 { await Task.yield() }
        }
    }

    func told(_ id: SessionID) async throws -> [String] {
        try await store.events(of: id).map { [$0.change.status.rawValue, $0.change.info?.rawValue].compactMap { $0 }.joined(separator: " ") }
    }
}
