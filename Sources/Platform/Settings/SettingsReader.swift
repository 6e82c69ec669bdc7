import Configuration
import QoDServer
public import QualityOnDemand
import Yams

/// Combines settings from flags, the environment and a file. The first source that has a key counts.
public struct SettingsReader: Sendable {
    private let flags: [String: String]
    private let environment: [String: String]
    private let file: String?
    private let drivers: [NetworkSettings.Driver]?

    /// - Parameters:
    ///   - flags: flags by the path of their key.
    ///   - environment: the variables that can be settings; see ``ownVariables(_:)``.
    ///   - file: the path of the configuration file; `nil` if there is none.
    ///   - drivers: the drivers that the configuration may name; `nil` for any.
    public init(
        flags: [String: String], environment: [String: String], file: String?, drivers: [NetworkSettings.Driver]? = NetworkSettings.Driver.own
    ) {
        self.drivers = drivers
        self.flags = flags
        self.environment = environment
        self.file = file
    }

    /// The variables that can be settings. Variables of other programs may be secrets and are not kept.
    public static func ownVariables(_ environment: [String: String]) -> [String: String] {
        environment.filter { $0.key.hasPrefix("NAC_") || OutboundSettings.variables.contains($0.key) }
    }

    /// Reads all sources and checks that the settings fit together.
    public func read() throws(SettingError) -> PlatformSettings {
        try SettingVariables.check(environment)
        let config = ConfigReader(providers: [
            Self.provider("flags", flags),
            // Environment variables begin with NAC_: server.port is NAC_SERVER_PORT.
            EnvironmentVariablesProvider(environmentVariables: SettingVariables.withoutKubernetes(environment)).prefixKeys(with: "nac"),
            Self.provider("file", try fileValues()),
        ])
        var settings = PlatformSettings()
        for key in SettingKey.all {
            guard let text = config.string(forKey: ConfigKey(key.path), isSecret: key.isSecret) else { continue }
            do { try key.apply(text, &settings) } catch {
                // An error about an element of a list begins with the element's index.
                throw SettingError("\(key.path)\("\(error)".hasPrefix("[") ? "" : ": ")\(error)")
            }
        }
        if !settings.sites.isEmpty { try Self.checkOneForm(config) }
        try checkDrivers(settings)
        settings.outbound.takeVariables(environment)
        try settings.checkOutbound()
        try settings.access.check(settings.outbound)
        try settings.metrics.check()
        try settings.network.devices.check()
        settings.server.rateLimit = settings.access.rateLimit
        return settings
    }

    private func checkDrivers(_ settings: PlatformSettings) throws(SettingError) {
        guard let drivers else { return }
        try settings.network.driver.check(among: drivers)
        for (index, site) in settings.sites.enumerated() {
            do { try site.network.driver.check(among: drivers) } catch { throw SettingError("sites[\(index)].\(error)") }
        }
    }

    /// Refuses a configuration that has both sites and a network of its own.
    private static func checkOneForm(_ config: ConfigReader) throws(SettingError) {
        // These keys are the defaults of all sites.
        let defaults = ["network.reconcileInterval", "network.timeout", "devices.acceptsNumbersWithoutPlus"]
        for key in SettingKey.plain where key.path.hasPrefix("network.") || key.path.hasPrefix("devices.") {
            guard !defaults.contains(key.path), config.string(forKey: ConfigKey(key.path)) != nil else { continue }
            throw SettingError(
                "sites: is given, and \(key.path) too; network and devices mean one site called default. Use either sites, or network and devices")
        }
    }

    private static func provider(_ name: String, _ values: [String: String]) -> InMemoryProvider {
        let pairs = values.map { path, text in
            (AbsoluteConfigKey(path.split(separator: ".").map(String.init)), ConfigValue(.string(text), isSecret: false))
        }
        return InMemoryProvider(name: name, values: Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
    }

    /// The values of the file by the path of their key. An unknown key is an error.
    private func fileValues() throws(SettingError) -> [String: String] {
        guard let file else { return [:] }
        var values: [String: String] = [:]
        guard let root = try YAMLFile.read(file), root.scalar?.string != "" else {
            throw SettingError("\(file): is empty; a mapping of settings is needed. Without --config everything has its default")
        }
        try Self.flatten(root, path: "", file: file, into: &values)
        return values
    }

    private static func flatten(_ node: Node, path: String, file: String, into values: inout [String: String]) throws(SettingError) {
        if let mapping = node.mapping, !SettingKey.all.contains(where: { $0.path == path }) {
            for (key, value) in mapping {
                let name = key.string ?? "?"
                let inner = path.isEmpty ? name : "\(path).\(name)"
                try check(inner, isMapping: value.mapping != nil, file: file)
                try flatten(value, path: inner, file: file, into: &values)
            }
        } else if let key = SettingKey.all.first(where: { $0.path == path }) {
            do { values[path] = try key.text(of: node) } catch { throw SettingError("\(file): \(path): \(error)") }
        } else {
            throw SettingError("\(file): \(path.isEmpty ? "" : "\(path): ")a mapping of settings is needed")
        }
    }

    private static func check(_ path: String, isMapping: Bool, file: String) throws(SettingError) {
        let key = SettingKey.all.first { $0.path == path }
        let isSection = SettingKey.all.contains { $0.path.hasPrefix(path + ".") }
        // A mapping instead of a list of mappings gets an error that says so.
        guard isMapping ? isSection || key?.isStructured == true : key != nil else {
            throw SettingError("\(file): \(Excerpt.of(path)): \(isSection ? "is a section" : "is not a setting"); \(hint(path, isSection: isSection))")
        }
    }

    /// The nearest name at that place; if no name is near, all names at that place.
    private static func hint(_ path: String, isSection: Bool) -> String {
        let parent = isSection ? path : path.split(separator: ".").dropLast().joined(separator: ".")
        let below = SettingKey.all.map(\.path).filter { parent.isEmpty || $0.hasPrefix(parent + ".") }
        let depth = parent.isEmpty ? 1 : parent.split(separator: ".").count + 1
        let names = Set(below.map { $0.split(separator: ".").prefix(depth).joined(separator: ".") }).sorted()
        if !isSection, let near = Suggestion.nearest(to: path, in: names) ?? Suggestion.nearest(to: path, in: SettingKey.all.map(\.path)) {
            return "did you mean \(near)?"
        }
        return "there are \(names.joined(separator: ", ")); nac serve --help explains them"
    }
}

extension SettingsReader: Confidential {}

extension SettingKey {
    /// The text of a value in a file. A list of texts becomes one text, with commas between the elements.
    func text(of node: Node) throws(SettingError) -> String {
        if isStructured {
            guard node.mapping == nil else { throw SettingError("is a mapping; a list is needed, with a - before each element") }
            do { return try Yams.serialize(node: node) } catch { throw SettingError("cannot be read") }
        }
        if let sequence = node.sequence {
            let texts = sequence.compactMap(\.string)
            // An element such as `shop: key` is a mapping, not a text. Without this element the list would mean
            // something else.
            guard texts.count == sequence.count else {
                throw SettingError("is a list with an element that is not a text; put the element in quotes")
            }
            return texts.joined(separator: ",")
        }
        guard let text = node.string else { throw SettingError("is not a text") }
        return text
    }
}
