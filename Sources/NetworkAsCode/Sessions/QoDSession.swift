import QualityOnDemand
#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A Quality-on-Demand session, as the provider described it at one moment.
///
/// A session is a value and does not change by itself. ``refresh()`` and ``extend(by:)`` return the
/// session in its new state.
public struct QoDSession: Sendable, Identifiable {
    let core: Core
    let info: ToldSession
    private let fallback: Device?

    init(core: Core, info: ToldSession, fallback: Device?) {
        self.core = core
        self.info = info
        self.fallback = fallback
    }

    /// The provider's id of the session: a UUID.
    public var id: String { info.sessionID }
    /// The status of the session.
    public var status: Status { info.status }
    /// Why the session is unavailable; `nil` if the session has another status, or if the provider gives no reason.
    public var statusInfo: StatusInfo? { info.statusInfo }
    /// When the session became available; `nil` if it never did.
    public var startedAt: Date? { info.startedAt.map { Date($0) } }
    /// When the session will end or ended; `nil` while the session is requested.
    public var expiresAt: Date? { info.expiresAt.map { Date($0) } }
    /// The duration. Requested: the requested duration. Available: the total duration.
    /// Unavailable: the actual duration.
    public var duration: Duration { .seconds(info.duration) }
    /// The name of the promised profile.
    public var profile: QoSProfileName { QoSProfileName(rawValue: info.qosProfile) }
    /// The service at the other end.
    public var service: Service { Service(info.flow.applicationServer) }
    /// The service's ports; `nil` means all.
    public var servicePorts: PortsSpec? { info.flow.applicationServerPorts.map { PortsSpec($0) } }
    /// The device's ports; `nil` means all.
    public var devicePorts: PortsSpec? { info.flow.devicePorts.map { PortsSpec($0) } }
    /// The address that receives notifications.
    public var sink: String? { info.sink }
    /// The device, by the identifier that the provider used. If the provider gave no device, the device as the
    /// application named it. `nil` if neither is known.
    public var device: Device? { info.device.map { Device(core: core, $0) } ?? fallback }
}

extension QoDSession {
    /// The session with an end that the provider does not report.
    ///
    /// - Parameter end: When the session ended; `nil` if the end of the session is already right.
    func ended(_ reason: StatusInfo, at end: Timestamp?) -> QoDSession {
        var info = info
        info.status = .unavailable
        info.statusInfo = reason
        if let end {
            if let startedAt = info.startedAt { info.duration = max(Int(end.since(startedAt).components.seconds), 0) }
            info.expiresAt = end
        }
        return QoDSession(core: core, info: info, fallback: fallback)
    }
}

extension QoDSession: Hashable {
    /// Whether both describe the same session in the same state.
    public static func == (a: QoDSession, b: QoDSession) -> Bool {
        a.info == b.info
    }

    /// Feeds the properties of the session to the hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(info)
    }
}

extension QoDSession: CustomStringConvertible {
    /// One line for logs: id, status, profile, service and end, but nothing about the device.
    public var description: String {
        var text = "session \(id): \(status.rawValue)"
        if let statusInfo { text += "/\(statusInfo.rawValue)" }
        text += ", \(profile) to \(service)"
        if let expiresAt = info.expiresAt { text += ", until \(expiresAt)" }
        return text
    }
}
