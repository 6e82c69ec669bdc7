import QualityOnDemand

/// Which sessions a request may touch: those of its client, and with a three-legged access token of that token's
/// device alone.
struct SessionReach: Sendable {
    let client: ClientID
    /// `nil` for any device; empty where the token's device is none of this network.
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
    /// - Parameter device: the one that the access token names, if it names one.
    func reach(of client: ClientID, device: Device?) async throws(EngineError) -> SessionReach {
        guard let device else { return SessionReach(client: client, devices: nil) }
        do {
            return SessionReach(client: client, devices: [try await resolve(device).key])
        } catch where error.code == .deviceNotFound || error.code == .deviceNotServed {
            return SessionReach(client: client, devices: [])
        }
    }
}
