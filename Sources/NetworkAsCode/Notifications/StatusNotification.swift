import CAMARA
#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A provider's notification to a sink: the status of a session has changed.
public struct StatusNotification: Hashable, Sendable, Identifiable {
    /// The id of the event, the same at every attempt to deliver it. Remember the ids, because an event may arrive
    /// more than once.
    public let id: String
    /// The sender of the event, a URI reference.
    public let source: String
    /// When the status changed.
    public let time: Date
    /// The id of the session.
    public let sessionID: String
    /// The new status of the session.
    public let status: QoDSession.Status
    /// Why the session is unavailable, if the provider gives a reason.
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
