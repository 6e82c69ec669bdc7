import Foundation
import Logging
import QualityOnDemand
import SessionEngine
import Southbound

extension Platform {
    /// The text that would program the networks of all sites for the sessions in the database. Nothing is changed.
    ///
    /// - Throws: ``SettingError`` also if the only network is not programmed with text.
    public static func plan(_ settings: PlatformSettings, parts: PlatformParts) async throws -> String {
        let profiles = try profiles(settings)
        let sites = settings.allSites
        var text = ""
        for site in sites {
            let network = try parts.makeNetwork(site.network, Logger(label: "nac", factory: { _ in SwiftLogNoOpLogHandler() }))
            guard let plan = network.plan else {
                guard sites.count > 1 else {
                    throw SettingError(
                        "network.driver: \(site.network.driver) is not programmed with text; --dry-run is for linux")
                }
                text += "# site \(site.name): \(site.network.driver) is not programmed with text\n"
                continue
            }
            if sites.count > 1 { text += "# site \(site.name)\n" }
            let own = settings.sites.isEmpty ? nil : try site.profilesFile.map { try ProfilesFile.read($0) }
            text += plan(try await orders(of: site.name, settings, own ?? profiles, parts))
        }
        return text
    }

    /// The orders of a site's live sessions in the database. Without a database there are no orders.
    private static func orders(
        of site: SiteName, _ settings: PlatformSettings, _ profiles: ProfileCatalogue, _ parts: PlatformParts
    ) async throws -> [Order] {
        guard settings.databasePath != ":memory:", FileManager.default.fileExists(atPath: settings.databasePath) else { return [] }
        let opened = try parts.openStore(settings.store)
        var orders: [Order] = []
        var last: SessionID?
        while true {
            let page = try await opened.store.sessions(after: last, limit: 500)
            orders += page.filter { $0.wantsNetwork && $0.site == site }.map { Order(serving: $0, profiles: profiles) }
            guard page.count == 500 else { break }
            last = page.last?.id
        }
        try opened.close()
        return orders
    }
}
