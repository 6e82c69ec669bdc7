import CAMARA
#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a provider tells a sink: the status of a session has changed.
public struct StatusNotification: Hashable, Sendable, Identifiable {
    /// The same at every attempt to deliver the same event: remember it, for an event may come more than once.
    public let id: String
    /// Who tells it, a URI reference.
    public let source: String
    /// When the status changed.
    public let time: Date
    /// The session.
    public let sessionID: String
    /// Its new status.
    public let status: QoDSession.Status
    /// Why it is unavailable, where the provider tells.
    public let statusInfo: QoDSession.StatusInfo?

    init(_ event: QosStatusChangedEvent, status: QoDSession.Status, statusInfo: QoDSession.StatusInfo?) {
        id = event.id
        source = event.source
        time = Date(event.time)
        sessionID = event.sessionID
        self.status = status
        self.statusInfo = statusInfo
    }
}
