import QualityOnDemand
import Southbound

/// The sites in the order of the configuration.
struct Sites: Sendable {
    let all: [EngineSite]
    /// The profiles of all sites.
    let profiles: ProfileCatalogue
    private let byName: [SiteName: EngineSite]

    init(_ sites: [EngineSite]) {
        precondition(!sites.isEmpty, "an engine needs a site")
        all = sites
        profiles = sites.count == 1 ? sites[0].profiles : ProfileCatalogue(sites.flatMap(\.profiles.profiles))
        byName = Dictionary(sites.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        precondition(byName.count == sites.count, "two sites have the same name")
    }

    subscript(name: SiteName) -> EngineSite? { byName[name] }

    /// Finds a device: at the first site that has an address of the device, else at the first site that knows it.
    ///
    /// - Parameter allowed: the sites that may be asked; `nil` for all.
    /// - Throws: ``DirectoryError/unreachable(_:)`` if no site knows the device and a site could not be asked.
    func resolve(_ device: Device, among allowed: Set<SiteName>?) async throws(DirectoryError) -> ResolvedDevice {
        var known: ResolvedDevice?
        var failure = DirectoryError.notFound
        for site in all where allowed?.contains(site.name) ?? true {
            do {
                let found = try await site.directory.resolve(device)
                if !found.addresses.isEmpty { return found }
                known = known ?? found
            } catch {
                failure = failure.followed(by: error)
            }
        }
        guard let known else { throw failure }
        return known
    }

    /// The keys of a device at all sites that know it. A device has sessions at a site that it has just left, too.
    ///
    /// - Throws: the same errors as ``resolve(_:among:)``.
    func keys(of device: Device, among allowed: Set<SiteName>?) async throws(DirectoryError) -> Set<DeviceKey> {
        var keys: Set<DeviceKey> = []
        var failure = DirectoryError.notFound
        for site in all where allowed?.contains(site.name) ?? true {
            do { keys.insert(try await site.directory.resolve(device).key) } catch { failure = failure.followed(by: error) }
        }
        guard !keys.isEmpty else { throw failure }
        return keys
    }
}

extension DirectoryError {
    /// Of the errors of two sites, the one that says more: a site that cannot be asked may know the device.
    fileprivate func followed(by other: DirectoryError) -> DirectoryError {
        switch (self, other) {
        case (.unreachable, _): self
        case (_, .unreachable), (.notFound, _): other
        default: self
        }
    }
}
