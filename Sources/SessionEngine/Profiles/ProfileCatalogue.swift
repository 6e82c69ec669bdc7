public import QualityOnDemand

/// The profiles that are offered, in the order in which they were given.
public struct ProfileCatalogue: Sendable {
    public let profiles: [QoSProfile]
    private let byName: [QoSProfileName: QoSProfile]

    /// Makes a catalogue; if two profiles have the same name, the first one counts.
    public init(_ profiles: [QoSProfile] = QoSProfile.builtIn) {
        var names: Set<QoSProfileName> = []
        self.profiles = profiles.filter { names.insert($0.name).inserted }
        self.byName = Dictionary(profiles.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    public subscript(name: QoSProfileName) -> QoSProfile? {
        byName[name]
    }
}
