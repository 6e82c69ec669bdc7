import Foundation
import Logging
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Southbound
import Testing

@testable import Platform

@Suite("A driver that does not come with the platform")
struct OtherDriverTests {
    /// Knows one device.
    private struct OneDevice: DeviceDirectory {
        func resolve(_ device: Device) async throws(DirectoryError) -> ResolvedDevice {
            guard device.phoneNumber?.description == "+36721601234567" else { throw .notFound }
            return ResolvedDevice(key: DeviceKey("one"), identifiedBy: .phoneNumber, addresses: Fixture.addresses())
        }
    }

    private let network = HandleNetwork()
    private static let yaml = """
        sites:
          - name: core
            network: { driver: handles }
            limits: { giveUpAfter: 20 }
        """

    private var parts: PlatformParts {
        get throws {
            PlatformParts(
                openStore: { _ in throw StoreError(.failed, "no store here") }, openKeys: { _, _ in throw StoreError(.failed, "no keys here") },
                networks: [
                    .simulated: { _, _ in throw SettingError("not this one") },
                    try NetworkSettings.Driver("handles"): { [network] _, _ in PlatformParts.Network(driver: network, directory: OneDevice()) },
                ])
        }
    }

    private func read(_ yaml: String, drivers: [NetworkSettings.Driver]) throws -> PlatformSettings {
        let file = FileManager.default.temporaryDirectory.appending(path: "nac-\(UUID().uuidString).yaml").path()
        try yaml.write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        return try SettingsReader(flags: [:], environment: [:], file: file, drivers: drivers).read()
    }

    @Test("serves a site that the configuration describes")
    func serves() async throws {
        let parts = try parts
        let settings = try read(Self.yaml, drivers: parts.drivers)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let sites = try await PlatformSite.all(settings, profiles: ProfileCatalogue(), parts: parts, logger: logger)
        let engine = SessionEngine(
            store: try SQLiteStore.inMemory(), sites: sites.map(\.engineSite), configuration: settings.engine, logger: logger)
        let running = Task { try await engine.run() }
        defer { running.cancel() }
        try await eventually { await engine.isReady() }
        let order = SessionOrder(
            device: try Device(phoneNumber: PhoneNumber("+36721601234567")), flow: Fixture.flow(), profile: Fixture.profile().name, duration: 60)
        let id = try await engine.create(order, by: Fixture.client).id
        // On a busy machine the creation is answered before the network has answered.
        try await eventually { try await engine.session(id, of: Fixture.client).status == .available }
        let session = try await engine.session(id, of: Fixture.client)
        #expect(session.site.description == "core")
        #expect(network.subscriptions[session.id]?.handle == session.placement?.handle && session.placement?.handle != nil)
        try await engine.delete(session.id, of: Fixture.client)
        try await eventually { network.subscriptions.isEmpty }
    }

    @Test("is named in the error about a driver that does not exist")
    func unknown() throws {
        let drivers = try parts.drivers
        let error = #expect(throws: SettingError.self) { try read(Self.yaml.replacing("handles", with: "handels"), drivers: drivers) }
        #expect(error?.description == "sites[0].network.driver: \"handels\" is not one of simulated, handles")
        let other = #expect(throws: SettingError.self) { try read("network: { driver: Radio! }", drivers: drivers) }
        #expect(other?.description.contains("1 to 32 small letters, digits and hyphens") == true)
    }
}
