public import QualityOnDemand
import Southbound

/// Assigns profiles to devices. A function that throws ``EngineError`` has changed nothing.
extension SessionEngine {
    /// Assigns a profile to all traffic of a device, until the assignment is revoked.
    ///
    /// Returns at the same moment as ``create(_:by:)``; the assignment is on disk.
    public func assign(_ order: AssignmentOrder, by client: ClientID) async throws(EngineError) -> Session {
        _ = try activeProfile(order.profile, for: "QoS assignment", in: sites.profiles)
        let subject = try await connected(order.device, isNamed: order.isDeviceNamed, among: order.sites)
        let site = try site(of: subject)
        let profile = try activeProfile(order.profile, for: "QoS assignment", in: site.profiles)
        let now = clock.now
        var random = KernelRandom()
        let assignment = Session.requestedAssignment(
            id: .make(at: now, using: &random), by: client, for: subject, profile: profile.name, notification: order.notification, at: now,
            timing: site.settings.timing)
        return try await stored(SessionCreation(session: assignment, limits: configuration.liveLimits))
    }

    /// One of the client's assignments.
    ///
    /// - Parameter device: the device of the access token; it must be the assignment's device.
    public func assignment(_ id: SessionID, of client: ClientID, device: Device? = nil) async throws(EngineError) -> Session {
        let found = try await stored { () async throws(StoreError) in try await store.session(id) }
        guard let found, found.isAssignment, found.isReadable(at: clock.now) else {
            throw EngineError(.sessionNotFound, "There is no QoS assignment \(id); it never was, or was revoked.")
        }
        return try await allowed(found, client, device)
    }

    /// The client's assignment for a device.
    ///
    /// - Parameter sites: the sites that the client is bound to; `nil` for all.
    public func assignment(
        for device: Device?, of client: ClientID, among sites: Set<SiteName>? = nil
    ) async throws(EngineError) -> Session {
        let keys = try await keys(of: device, among: sites)
        let found = try await stored { () async throws(StoreError) in
            for key in keys {
                if let assignment = try await store.assignment(of: key) { return assignment as Session? }
            }
            return nil
        }
        guard let found, found.isReadable(at: clock.now) else {
            throw EngineError(.sessionNotFound, "The device has no QoS assignment.")
        }
        return try await allowed(found, client, nil)
    }

    /// Revokes an assignment. When this function returns, the device is free for another assignment; the network
    /// releases its flow right after.
    ///
    /// The revoked assignment can be read for a while, with status unavailable. A second revocation removes the
    /// assignment.
    public func revoke(_ id: SessionID, of client: ClientID, device: Device? = nil) async throws(EngineError) {
        _ = try await assignment(id, of: client, device: device)
        let (now, sites) = (clock.now, sites)
        let changes = try await stored { () async throws(StoreError) in
            try await store.change([id]) { session in
                let timing = sites[session.site]?.settings.timing ?? Session.Timing()
                return session.isReadable(at: now) ? session.deleted(at: now, timing: timing) : []
            }
        }
        guard let change = changes.first else { return }
        deadlines.note(change.session)
        if change.actions.contains(.release) { reconciler.enqueue(change.session) }
    }

    private func allowed(_ assignment: Session, _ client: ClientID, _ device: Device?) async throws(EngineError) -> Session {
        guard assignment.owner == client else {
            throw EngineError(.permissionDenied, "The QoS assignment was created by another client.")
        }
        guard let device else { return assignment }
        guard try await keys(of: device, among: nil).contains(assignment.subject.key) else {
            throw EngineError(.permissionDenied, "The QoS assignment is for another device than that of the access token.")
        }
        return assignment
    }
}

/// A client's order to assign a profile to a device.
public struct AssignmentOrder: Sendable {
    /// `nil` if neither the request nor the access token names a device.
    public var device: Device?
    /// Whether the request named the device, so that answers may name it too.
    public var isDeviceNamed: Bool
    public var profile: QoSProfileName
    public var notification: NotificationTarget?
    /// The sites that the client is bound to; `nil` for all.
    public var sites: Set<SiteName>?

    public init(device: Device?, isDeviceNamed: Bool = true, profile: QoSProfileName, notification: NotificationTarget? = nil) {
        self.device = device
        self.isDeviceNamed = isDeviceNamed
        self.profile = profile
        self.notification = notification
    }
}
