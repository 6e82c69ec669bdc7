import CAMARA
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
    let info: SessionInfo
    private let fallback: Device?

    init(core: Core, info: SessionInfo, fallback: Device?) {
        self.core = core
        self.info = info
        self.fallback = fallback
    }

    /// How far a session has come.
    public enum Status: String, CaseIterable, Hashable, Sendable {
        /// The network has been asked and has not answered yet.
        case requested = "REQUESTED"
        /// The network keeps the profile's promise.
        case available = "AVAILABLE"
        /// It is over, or never came about; ``QoDSession/statusInfo-swift.property`` says why.
        case unavailable = "UNAVAILABLE"
    }

    /// Why a session is unavailable.
    public enum StatusInfo: String, CaseIterable, Hashable, Sendable {
        /// Its time was up.
        case durationExpired = "DURATION_EXPIRED"
        /// The network ended it, or could not provide it.
        case networkTerminated = "NETWORK_TERMINATED"
        /// It was deleted.
        case deleteRequested = "DELETE_REQUESTED"
    }

    /// The provider's name for it: a UUID.
    public var id: String { info.sessionID }
    /// How far it has come.
    public var status: Status { Status(info.qosStatus) }
    /// Why it is unavailable; `nil` unless it is.
    public var statusInfo: StatusInfo? { info.statusInfo.map { StatusInfo($0) } }
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

extension QoDSession.Status {
    init(_ status: QoSStatus) {
        switch status {
        case .requested: self = .requested
        case .available: self = .available
        case .unavailable: self = .unavailable
        }
    }
}

extension QoDSession.StatusInfo {
    init(_ info: QualityOnDemand.StatusInfo) {
        switch info {
        case .durationExpired: self = .durationExpired
        case .networkTerminated: self = .networkTerminated
        case .deleteRequested: self = .deleteRequested
        }
    }
}
