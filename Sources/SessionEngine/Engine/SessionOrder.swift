public import QualityOnDemand

/// A client's order to create a session.
public struct SessionOrder: Sendable {
    /// `nil` if neither the request nor the access token names a device.
    public var device: Device?
    /// Whether the request named the device, so that answers may name it too.
    public var isDeviceNamed: Bool
    public var flow: Flow
    public var profile: QoSProfileName
    /// In seconds.
    public var duration: Int
    public var notification: NotificationTarget?
    public var dialect: Session.Dialect
    /// The client's key and a digest of its request. The answer to a repeated request is the session of the first
    /// request.
    public var idempotency: (key: String, digest: [UInt8])?
    /// The sites that the client is bound to; `nil` for all.
    public var sites: Set<SiteName>?

    public init(
        device: Device?, isDeviceNamed: Bool = true, flow: Flow, profile: QoSProfileName, duration: Int,
        notification: NotificationTarget? = nil, dialect: Session.Dialect = .v1, idempotency: (key: String, digest: [UInt8])? = nil
    ) {
        self.device = device
        self.isDeviceNamed = isDeviceNamed
        self.flow = flow
        self.profile = profile
        self.duration = duration
        self.notification = notification
        self.dialect = dialect
        self.idempotency = idempotency
    }
}
