import NetworkAsCode

/// The platform created a session, and the network refused to program its flow.
struct RefusedSession: Error {
    let id: String
    let statusInfo: QoDSession.StatusInfo?
    /// The reason in the network's own words, if the platform tells it.
    let reason: String?

    var message: String {
        let words = [statusInfo?.rawValue, reason].compactMap(\.self).joined(separator: ": ")
        return "the network refused session \(id)" + (words.isEmpty ? "" : ": \(words)")
    }

    /// A refused session still holds its flow, so that a client can read the session's status.
    var advice: String { "the session blocks its flow for some minutes; nac session delete \(id) frees it at once" }
}
