import Logging
import QoDServer
import QualityOnDemand
import SessionEngine
import Southbound

/// A site of the configuration with its network.
struct PlatformSite: Sendable {
    let configuration: SiteConfiguration
    let network: PlatformParts.Network
    let profiles: ProfileCatalogue

    var engineSite: EngineSite {
        EngineSite(
            name: configuration.name, network: network.driver, directory: network.directory, profiles: profiles,
            settings: configuration.engine)
    }

    /// Makes and checks the networks of all sites. The start ends with the first error.
    ///
    /// - Parameter profiles: the platform's; a site may have its own.
    static func all(
        _ settings: PlatformSettings, profiles: ProfileCatalogue, parts: PlatformParts, logger: Logger
    ) async throws -> [PlatformSite] {
        var sites: [PlatformSite] = []
        for configuration in settings.allSites {
            do {
                let network = try parts.makeNetwork(configuration.network, logger)
                try await network.check()
                let own = settings.sites.isEmpty ? nil : try configuration.profilesFile.map { try ProfilesFile.read($0) }
                sites.append(PlatformSite(configuration: configuration, network: network, profiles: own ?? profiles))
            } catch let error as SettingError where !settings.sites.isEmpty {
                throw SettingError("sites: \(configuration.name): \(error)")
            }
        }
        return sites
    }
}

extension [PlatformSite] {
    /// The kind of network of each site.
    var kinds: [SiteName: String] {
        Dictionary(uniqueKeysWithValues: map { ($0.configuration.name, $0.network.driver.name) })
    }

    /// The test devices of the first site that has some.
    var testDevices: [SandboxDevice]? { lazy.compactMap(\.network.testDevices).first }
}
