import Foundation
import Logging
import QualityOnDemand
import SessionEngine
import Southbound

extension Platform {
    /// The text that would program the network for the sessions in the database. Nothing is changed.
    ///
    /// - Throws: ``SettingError`` also if the network is not programmed with text.
    public static func plan(_ settings: PlatformSettings, parts: PlatformParts) async throws -> String {
        let profiles = try profiles(settings)
        let network = try parts.makeNetwork(settings.network, Logger(label: "nac", factory: { _ in SwiftLogNoOpLogHandler() }))
        guard let plan = network.plan else {
            throw SettingError("network.driver: \(settings.network.driver.rawValue) is not programmed with text; --dry-run is for linux")
        }
        return plan(try await grants(settings, profiles, parts))
    }

    /// The grants of the live sessions in the database. Without a database there are no grants.
    private static func grants(
        _ settings: PlatformSettings, _ profiles: ProfileCatalogue, _ parts: PlatformParts
    ) async throws -> [Grant] {
        guard settings.databasePath != ":memory:", FileManager.default.fileExists(atPath: settings.databasePath) else { return [] }
        let opened = try parts.openStore(settings.store)
        var grants: [Grant] = []
        var last: SessionID?
        while true {
            let page = try await opened.store.sessions(after: last, limit: 500)
            grants += page.filter(\.wantsNetwork).map { Grant($0, profiles: profiles) }
            guard page.count == 500 else { break }
            last = page.last?.id
        }
        try opened.close()
        return grants
    }
}
