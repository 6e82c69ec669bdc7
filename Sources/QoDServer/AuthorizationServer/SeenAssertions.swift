import HTTPTypes
import NIOConcurrencyHelpers
import QualityOnDemand

/// Which assertions were used, until they are too old to be used again anyway.
final class SeenAssertions: Sendable {
    private struct Name: Hashable {
        let client: ClientID
        let id: String
    }

    private let capacity: Int
    private let names = NIOLockedValueBox<[Name: Timestamp]>([:])

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// - Throws: ``OAuthError`` where the client used the id before, or where no more can be remembered: an assertion that cannot
    ///   be remembered could be used again.
    func insert(_ id: String, of client: ClientID, until end: Timestamp, now: Timestamp) throws(OAuthError) {
        let name = Name(client: client, id: id)
        let refusal: OAuthError? = names.withLockedValue { names in
            if let known = names[name], now < known { return ClientAssertion.refusal("was used before; each needs a jti of its own") }
            if names.count >= capacity { names = names.filter { now < $0.value } }
            guard names.count < capacity else {
                return OAuthError(.temporarilyUnavailable, "too many assertions are remembered", status: .serviceUnavailable, retryAfter: 60)
            }
            names[name] = end
            return nil
        }
        if let refusal { throw refusal }
    }
}
