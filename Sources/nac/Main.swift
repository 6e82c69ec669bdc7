import Foundation
import LinuxNetwork
import Logging
import NACCommands
import NIOCore
import NIOPosix
import Operations
import Platform
import QoDServer
import QualityOnDemand
import SQLiteStore
import Southbound
import SimulatedNetwork

/// The only place that names a concrete store or a concrete network.
@main
struct Main {
    static func main() async {
        if NAC.isServing {
            QuickEnd.ensure()
            // Tasks run on the event loops themselves, so that a request does not move between threads
            // (docs/decisions/0009). No task blocks an event loop: SQLite and subprocesses have their own queues.
            // This call must come before the first task is made, and all code that waits must wait by `clock`.
            _ = NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
        }
        await NAC.main(PlatformParts(clock: clock, openStore: openStore, openKeys: openKeys, networks: networks))
    }

    static let clock = EventLoopClock(group: MultiThreadedEventLoopGroup.singleton)

    @Sendable static func openStore(_ settings: StoreSettings) throws -> PlatformParts.OpenStore {
        let seal = try settings.keyFile.map { try TokenSeal(keyFile: $0) }
        let store = settings.path == ":memory:"
            ? try SQLiteStore.inMemory() : try SQLiteStore.open(path: settings.path, readers: settings.readers, seal: seal)
        return PlatformParts.OpenStore(store: store, deliveries: store, apiKeys: store.apiKeys, statistics: store) { try store.close() }
    }

    @Sendable static func openKeys(_ path: String, _ mayCreate: Bool) throws -> PlatformParts.OpenKeys {
        let file = try SQLiteKeyFile.open(path: path, mayCreate: mayCreate)
        return PlatformParts.OpenKeys(store: file.apiKeys) { try file.close() }
    }

    static let networks: [NetworkSettings.Driver: PlatformParts.MakeNetwork] = [
        .simulated: { settings, _ in
            PlatformParts.Network(
                driver: try SimulatedNetwork(clock: clock, journalPath: settings.journal), directory: SandboxDirectory(), testDevices: testDevices)
        },
        .linux: linux,
    ]

    @Sendable private static func linux(_ settings: NetworkSettings, _ logger: Logger) throws -> PlatformParts.Network {
        let configuration = try gateway(settings)
        let driver = LinuxNetwork(configuration, clock: clock, logger: logger)
        var network = PlatformParts.Network(driver: driver, directory: try directory(settings.devices, logger))
        network.check = {
            do { try await driver.prepare() } catch { throw SettingError("network: \(error)") }
        }
        network.plan = { LinuxNetwork.plan(configuration, for: $0) }
        network.reload = { try await driver.reconfigure(try gateway($0)) }
        return network
    }

    private static func gateway(_ settings: NetworkSettings) throws -> LinuxNetworkConfiguration {
        let (downlink, uplink) = (try link(settings.downlink, "downlink"), try link(settings.uplink, "uplink"))
        do {
            return try LinuxNetworkConfiguration(
                downlink: downlink, uplink: uplink, reservePercent: settings.reservePercent, name: settings.name, takesOver: settings.takesOver)
        } catch {
            throw SettingError("network: \(error)")
        }
    }

    private static func directory(_ settings: DeviceSettings, _ logger: Logger) throws -> GatewayDirectory {
        guard !settings.subnets.isEmpty || !settings.entries.isEmpty || settings.file != nil else {
            throw SettingError(
                "devices: are missing; the linux network needs to know them: devices.subnets such as 10.45.0.0/16, devices.static, or devices.file")
        }
        if let file = settings.file, let mode = try? FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int, mode & 0o004 != 0 {
            logger.warning("Every user of this machine can read devices.file, which has phone numbers; chmod o= it", metadata: ["file": "\(file)"])
        }
        var configuration = GatewayDirectoryConfiguration()
        configuration.subnets = try settings.subnets.map { try DeviceSubnet($0) }
        configuration.entries = settings.entries
        configuration.file = settings.file.map { path in .init(path: path) { try DeviceList.entries(of: path, $0) } }
        configuration.leases = settings.leases
        configuration.usesConnectionTracking = settings.nat == .conntrack
        do { return try GatewayDirectory(configuration, clock: clock, logger: logger) } catch { throw SettingError(error.description) }
    }

    private static func link(_ link: NetworkSettings.Link, _ name: String) throws -> LinuxNetworkConfiguration.Link {
        guard let interface = link.interface else {
            throw SettingError("network.\(name).interface: is missing; the linux network needs an interface's name, such as eth0")
        }
        guard let capacity = link.capacity else {
            throw SettingError("network.\(name).capacity: is missing; the linux network needs to know what \(interface) can carry, such as 100Mbps")
        }
        return LinuxNetworkConfiguration.Link(interface: interface, capacity: capacity)
    }

    private static var testDevices: [SandboxDevice] {
        TestDevice.numbers.compactMap(TestDevice.init).map { device in
            SandboxDevice(
                phoneNumber: device.phoneNumber, networkAccessIdentifier: device.networkAccessIdentifier,
                publicIPv4Address: TestDevice.publicIPv4.description, publicPort: Int(device.publicPort),
                privateIPv4Address: device.privateIPv4.description, ipv6Address: device.ipv6.description, behaviour: device.behaviour.rawValue)
        }
    }
}
