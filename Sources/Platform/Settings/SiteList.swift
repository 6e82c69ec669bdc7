public import QualityOnDemand
import SessionEngine
import Yams

/// One site of the configuration: a network, its devices, and its own values of settings that a site can have.
public struct SiteConfiguration: Sendable {
    public var name: SiteName
    public var network: NetworkSettings
    /// A file of profiles of this site; `nil` means the profiles of the platform.
    public var profilesFile: String?
    /// Waits, intervals and bounds of the site.
    var engine: SiteSettings
}

extension PlatformSettings {
    /// The sites: as listed, or the one that `network` and `devices` describe.
    var allSites: [SiteConfiguration] {
        sites.isEmpty ? [SiteConfiguration(name: .default, network: network, profilesFile: profilesFile, engine: engine.site)] : sites
    }
}

/// The list `sites`. An element has a name, and the keys `network.…`, `devices.…`, `profiles.file` and some of
/// `limits.…` with the same meaning as in a configuration without sites.
enum SiteList {
    static let mostSites = 1000

    /// The keys that an element can have.
    static let keys = SettingKey.plain.filter { key in
        let common = ["devices.acceptsNumbersWithoutPlus"]
        let own = ["profiles.file", "limits.answerWait", "limits.giveUpAfter"]
        return !common.contains(key.path)
            && (own.contains(key.path) || key.path.hasPrefix("network.") || key.path.hasPrefix("devices."))
    }

    /// - Parameter defaults: the values that a site has where its element gives none.
    static func sites(_ text: String, defaults: PlatformSettings) throws(SettingError) -> [SiteConfiguration] {
        let root: Node?
        do { root = try YAMLFile.compose(text) } catch { throw SettingError("\(error)") }
        guard let list = root?.sequence, !list.isEmpty else {
            throw SettingError("is not a list of sites such as - { name: north, network: { driver: linux, … }, devices: { … } }")
        }
        guard list.count <= mostSites else { throw SettingError("lists \(list.count) sites; at most \(mostSites) are allowed") }
        var sites: [SiteConfiguration] = []
        for (index, node) in list.enumerated() {
            let site = try site(node, place: "[\(index)]", defaults: defaults)
            guard !sites.contains(where: { $0.name == site.name }) else {
                throw SettingError("[\(index)].name: \(site.name) is the name of another site; each site needs a name of its own")
            }
            if let journal = site.network.journal, sites.contains(where: { $0.network.journal == journal }) {
                throw SettingError("[\(index)].network.journal: another site has the same file; each network needs a file of its own")
            }
            sites.append(site)
        }
        return sites
    }

    private static func site(_ node: Node, place: String, defaults: PlatformSettings) throws(SettingError) -> SiteConfiguration {
        guard let mapping = node.mapping else { throw SettingError("\(place): is not a mapping of name, network and devices") }
        guard let text = mapping["name"]?.string else {
            throw SettingError("\(place).name: is missing; a site needs a name of 1 to 32 small letters, digits and hyphens")
        }
        let name: SiteName
        do { name = try SiteName(text) } catch { throw SettingError("\(place).name: \(error)") }
        var settings = defaults
        settings.network = NetworkSettings()
        settings.profilesFile = nil
        for (path, value) in try values(node, place: place) {
            guard let key = keys.first(where: { $0.path == path }) else { continue }
            do { try key.apply(value, &settings) } catch {
                throw SettingError("\(place).\(path)\("\(error)".hasPrefix("[") ? "" : ": ")\(error)")
            }
        }
        do { try settings.network.devices.check() } catch { throw SettingError("\(place).\(error)") }
        if settings.network.driver == .linux, settings.network.name == nil, name != .default { settings.network.name = name.description }
        return SiteConfiguration(
            name: name, network: settings.network, profilesFile: settings.profilesFile, engine: settings.engine.site)
    }

    /// The values of an element by the path of their key. An unknown key is an error.
    private static func values(_ node: Node, place: String) throws(SettingError) -> [(String, String)] {
        var values: [String: String] = [:]
        for (key, value) in node.mapping ?? [:] {
            let name = key.string ?? "?"
            guard name != "name" else { continue }
            try flatten(value, path: name, place: place, into: &values)
        }
        return values.sorted { $0.key < $1.key }
    }

    private static func flatten(_ node: Node, path: String, place: String, into values: inout [String: String]) throws(SettingError) {
        let key = keys.first { $0.path == path }
        if let mapping = node.mapping, key == nil {
            guard keys.contains(where: { $0.path.hasPrefix(path + ".") }) else { throw unknown(path, place) }
            for (name, value) in mapping { try flatten(value, path: "\(path).\(name.string ?? "?")", place: place, into: &values) }
            return
        }
        guard let key else { throw unknown(path, place) }
        do { values[path] = try key.text(of: node) } catch { throw SettingError("\(place).\(path): \(error)") }
    }

    private static func unknown(_ path: String, _ place: String) -> SettingError {
        let hint = Suggestion.nearest(to: path, in: keys.map(\.path)).map { "did you mean \($0)?" }
            ?? "a site has name, network, devices, profiles.file, limits.answerWait and limits.giveUpAfter"
        return SettingError("\(place).\(Excerpt.of(path)): is not a setting of a site; \(hint)")
    }
}

extension SettingKey {
    static let siteKeys: [SettingKey] = [
        SettingKey(
            "sites", "several networks, a list of { name, network, devices, profiles, limits }; instead of network and devices",
            isStructured: true
        ) { $1.sites = try SiteList.sites($0, defaults: $1) }
    ]
}
