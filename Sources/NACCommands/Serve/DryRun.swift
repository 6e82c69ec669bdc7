import Foundation
import Logging
import QualityOnDemand
import SessionEngine
import Southbound

/// `nac serve --dry-run`: prints the text that would program the network.
struct DryRun {
    let settings: ServeSettings
    let profiles: ProfileCatalogue
    let parts: PlatformParts

    func print() async throws {
        let network = try parts.makeNetwork(settings.network, Logger(label: "nac", factory: { _ in SwiftLogNoOpLogHandler() }))
        guard let plan = network.plan else {
            throw SettingError("network.driver: \(settings.network.driver.rawValue) is not programmed with text; --dry-run is for linux")
        }
        Swift.print(plan(try await grants()), terminator: "")
        flushStandardOutput()
    }

    /// The grants of the live sessions in the database. Without a database there are no grants.
    private func grants() async throws -> [Grant] {
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
