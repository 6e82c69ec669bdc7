import QualityOnDemand
import Southbound

/// The sessions that a request may touch: the sessions of its client. With a three-legged access token, only the
/// sessions of the token's device.
struct SessionReach: Sendable {
    let client: ClientID
    /// `nil` for any device; empty if the token's device is not a device of this network.
    let devices: Set<DeviceKey>?

    func includes(_ session: Session) -> Bool {
        session.owner == client && devices?.contains(session.subject.key) ?? true
    }

    /// Why the session is out of reach.
    func refusal(of session: Session) -> EngineError {
        EngineError(
            .permissionDenied,
            session.owner == client ? "The session is not for the device of the access token." : "The session was created by another client.")
    }
}

extension SessionEngine {
    /// - Parameter device: the device of the access token, if the token names one.
    func reach(of client: ClientID, device: Device?) async throws(EngineError) -> SessionReach {
        guard let device else { return SessionReach(client: client, devices: nil) }
        do {
            return SessionReach(client: client, devices: try await keys(of: device, among: nil))
        } catch where error.code == .deviceNotFound || error.code == .deviceNotServed {
            return SessionReach(client: client, devices: [])
        }
    }
}
