import HTTPTypes
import NIOConcurrencyHelpers
import QualityOnDemand

/// The used assertions. The server remembers an assertion until its age alone makes it invalid.
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

    /// - Throws: ``OAuthError`` if the client used the id before, or if the memory is full. A client could use a
    ///   forgotten assertion twice.
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
