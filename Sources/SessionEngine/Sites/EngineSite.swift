public import QualityOnDemand
public import Southbound

/// One network with its device directory, its profiles and its settings.
public struct EngineSite: Sendable {
    public let name: SiteName
    public let network: any NetworkDriver
    public let directory: any DeviceDirectory
    public let profiles: ProfileCatalogue
    public let settings: SiteSettings

    /// - Parameter directory: answers with keys of its own. At every site but `default` the engine adds the site to the
    ///   keys, because 10.45.0.2 can exist at every site.
    public init(
        name: SiteName = .default, network: any NetworkDriver, directory: any DeviceDirectory,
        profiles: ProfileCatalogue = ProfileCatalogue(), settings: SiteSettings = SiteSettings()
    ) {
        self.name = name
        self.network = network
        self.directory = name == .default ? directory : SitedDirectory(directory, at: name)
        self.profiles = profiles
        self.settings = settings
    }
}

/// The settings of one site, with defaults that suit most networks.
public struct SiteSettings: Hashable, Sendable {
    /// How long a creation waits for the network's answer before it is answered REQUESTED.
    public var answerWait: Duration = .milliseconds(250)
    /// Give-up and reading times of a session.
    public var timing = Session.Timing()
    /// How often the engine compares the network's sessions with the wanted ones.
    public var reconcileInterval: Duration = .seconds(60)
    /// How long a call of the network may take; a call that lists all sessions may take ten times as long. After
    /// that, the engine gives up the call.
    public var networkTimeout: Duration = .seconds(60)
    /// How many calls program and release at the same time, for up to 64 sessions each.
    public var reconcileConcurrency = 64

    public init() {}
}

/// A directory whose keys name its site.
struct SitedDirectory: DeviceDirectory {
    private let directory: any DeviceDirectory
    private let site: SiteName

    init(_ directory: any DeviceDirectory, at site: SiteName) {
        self.directory = directory
        self.site = site
    }

    func resolve(_ device: Device) async throws(DirectoryError) -> ResolvedDevice {
        let found = try await directory.resolve(device)
        return ResolvedDevice(
            key: found.key.at(site), site: site, identifiedBy: found.identifiedBy, addresses: found.addresses)
    }

    func addresses(of devices: [DeviceKey: NetworkAddresses]) async -> [DeviceKey: Result<NetworkAddresses, DirectoryError>] {
        let own = Dictionary(devices.map { ($0.key.own, $0.value) }, uniquingKeysWith: { first, _ in first })
        return Dictionary(
            await directory.addresses(of: own).map { ($0.key.at(site), $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    func run(changed: @escaping @Sendable ([DeviceKey]) async -> Void) async throws {
        try await directory.run { [site] keys in await changed(keys.map { $0.at(site) }) }
    }
}

extension DeviceKey {
    private static let separator: Character = "/"

    /// The key of a device at a site, from the directory's own key. The site `default` adds nothing.
    func at(_ site: SiteName) -> DeviceKey {
        site == .default ? self : DeviceKey("\(site)\(Self.separator)\(description)")
    }

    /// The directory's own key, from the key of a device at a site.
    var own: DeviceKey {
        guard let end = description.firstIndex(of: Self.separator), (try? SiteName(description[..<end])) != nil else { return self }
        return DeviceKey(String(description[description.index(after: end)...]))
    }
}
