import CAMARA
import QualityOnDemand

/// The profiles that sessions can have: ``NetworkAsCodeClient/profiles``.
public struct Profiles: Sendable {
    let core: Core

    private static let root = "/qos-profiles/v1"

    /// The provider's profiles.
    ///
    /// A profile that cannot be read is left out, and the client's log has a warning.
    ///
    /// - Parameter device: If given, the list has only the profiles that this device can use.
    /// - Throws: ``NetworkAsCodeError``.
    public func list(for device: Device? = nil) async throws(NetworkAsCodeError) -> [QoSProfile] {
        let body = QosProfileDeviceRequest(device: try device?.validated() ?? nil)
        let call = try core.call("POST", Self.root + "/retrieve-qos-profiles") { body.write(to: &$0) }
        let (profiles, problems) = try await core.value(call, ProfileAnswer.list)
        core.exchange.warn("a profile in the provider's list cannot be read", problems)
        return profiles
    }

    /// The profile with that name.
    ///
    /// - Throws: ``NetworkAsCodeError``; its kind is ``NetworkAsCodeError/Kind-swift.struct/notFound`` if
    ///   there is no such profile.
    public func get(_ name: QoSProfileName) async throws(NetworkAsCodeError) -> QoSProfile {
        do {
            _ = try at("name") { () throws(InvalidValue) in try QualityOnDemand.QoSProfileName(name.rawValue) }
        } catch {
            throw NetworkAsCodeError(error)
        }
        let call = try core.call("GET", Self.root + "/qos-profiles/" + PercentEncoding.encode(name.rawValue))
        return try await core.value(call, ProfileAnswer.one)
    }
}
