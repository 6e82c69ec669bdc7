import NetworkAsCode

/// The platform made a session, and the network refused to serve it.
struct RefusedSession: Error {
    let id: String
    let statusInfo: QoDSession.StatusInfo?
    /// The network's own words, where the platform tells them.
    let reason: String?

    var message: String {
        let words = [statusInfo?.rawValue, reason].compactMap(\.self).joined(separator: ": ")
        return "the network refused session \(id)" + (words.isEmpty ? "" : ": \(words)")
    }

    /// It holds its flow, so that its status can be read.
    var advice: String { "it holds its flow for some minutes; nac session delete \(id) gives it back at once" }
}
