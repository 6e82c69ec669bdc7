import QualityOnDemand
#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A Quality-on-Demand session, as the provider told it at one moment.
///
/// It is a value and does not change by itself: ``refresh()`` and ``extend(by:)`` return the session as it is then.
public struct QoDSession: Sendable, Identifiable {
    let core: Core
    let info: ToldSession
    private let fallback: Device?

    init(core: Core, info: ToldSession, fallback: Device?) {
        self.core = core
        self.info = info
        self.fallback = fallback
    }

    /// The provider's name for it: a UUID.
    public var id: String { info.sessionID }
    /// How far it has come.
    public var status: Status { info.status }
    /// Why it is unavailable; `nil` unless it is, or where the provider does not tell.
    public var statusInfo: StatusInfo? { info.statusInfo }
    /// When it became available; `nil` if it has not.
    public var startedAt: Date? { info.startedAt.map { Date($0) } }
    /// When it will end or has ended; `nil` while it is requested.
    public var expiresAt: Date? { info.expiresAt.map { Date($0) } }
    /// Requested: how long it is to last. Available: how long in all. Unavailable: how long it really lasted.
    public var duration: Duration { .seconds(info.duration) }
    /// What is promised.
    public var profile: QoSProfileName { QoSProfileName(rawValue: info.qosProfile) }
    /// The service at the other end.
    public var service: Service { Service(info.flow.applicationServer) }
    /// The service's ports; `nil` means all.
    public var servicePorts: PortsSpec? { info.flow.applicationServerPorts.map { PortsSpec($0) } }
    /// The device's ports; `nil` means all.
    public var devicePorts: PortsSpec? { info.flow.devicePorts.map { PortsSpec($0) } }
    /// Where notifications go.
    public var sink: String? { info.sink }
    /// The device, by the identifier that the provider used; where it did not tell, as the application named it. `nil`
    /// where neither is known.
    public var device: Device? { info.device.map { Device(core: core, $0) } ?? fallback }
}

extension QoDSession {
    /// The session with an end that the provider does not tell.
    ///
    /// - Parameter end: When it ended; `nil` where that is the end that it had.
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
    /// Whether both tell the same of the same session.
    public static func == (a: QoDSession, b: QoDSession) -> Bool {
        a.info == b.info
    }

    /// Feeds what the session tells to the hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(info)
    }
}

extension QoDSession: CustomStringConvertible {
    /// One line for logs: id, status, profile, end. Nothing of the device.
    public var description: String {
        var text = "session \(id): \(status.rawValue)"
        if let statusInfo { text += "/\(statusInfo.rawValue)" }
        text += ", \(profile) to \(service)"
        if let expiresAt = info.expiresAt { text += ", until \(expiresAt)" }
        return text
    }
}
