import QualityOnDemand

/// Checks the environment variables that begin with `NAC_`, so that a misspelt name is noticed.
enum SettingVariables {
    /// - Throws: ``SettingError`` if a variable is not a setting, but begins like a section of the settings
    ///   (`NAC_SERVER_…`) or has nearly the name of a setting.
    static func check(_ environment: [String: String]) throws(SettingError) {
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("NAC_") {
            guard !known.contains(name), !isOfKubernetes(name, value) else { continue }
            let hint = Suggestion.nearest(to: name, in: known.sorted()).map { "did you mean \($0)?" }
            guard hint != nil || sections.contains(where: name.hasPrefix) else { continue }
            throw SettingError(
                "\(Excerpt.of(name)): is not a setting; \(hint ?? "nac serve --help lists them")")
        }
    }

    /// The variable of a setting: `server.maxBodySize` is `NAC_SERVER_MAX_BODY_SIZE`.
    static func name(of path: String) -> String {
        var name = "NAC_"
        var isAfterSmall = false
        for character in path {
            if character.isUppercase, isAfterSmall { name += "_" }
            name += character == "." ? "_" : character.uppercased()
            isAfterSmall = character.isLowercase || character.isNumber
        }
        return name
    }

    private static let known: Set<String> = Set(SettingKey.all.map { name(of: $0.path) }).union(tool)
    private static let sections = Set(SettingKey.all.compactMap { key in key.path.split(separator: ".").first.map { name(of: "\($0).") } })

    /// The variables that the other commands read.
    private static let tool = ["NAC_SERVER", "NAC_TOKEN", "NAC_SINK_TOKEN", "NAC_CA_FILE", "NAC_CERT", "NAC_KEY"]

    /// The environment without the variables of Kubernetes. A service called `nac-server` causes a `NAC_SERVER_PORT`.
    static func withoutKubernetes(_ environment: [String: String]) -> [String: String] {
        environment.filter { !($0.key.hasPrefix("NAC_") && isOfKubernetes($0.key, $0.value)) }
    }

    /// Kubernetes describes each service of a namespace in the environment of the containers. The variables of a
    /// service called `nac` begin with `NAC_` too.
    private static func isOfKubernetes(_ name: String, _ value: String) -> Bool {
        let isHost = name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT")
        let isPort = name.hasSuffix("_PORT") && value.contains("://")
        return isHost || isPort || name.contains("_PORT_") && ["_TCP", "_UDP", "_SCTP"].contains { name.contains($0) }
    }
}
