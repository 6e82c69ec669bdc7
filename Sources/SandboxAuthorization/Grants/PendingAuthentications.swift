import Access
import HTTPTypes
import NIOConcurrencyHelpers
import QualityOnDemand

/// Authentication requests (OpenID CIBA) that wait for redemption.
final class PendingAuthentications: Sendable {
    /// A client's request, and the subscriber's number.
    struct Request: Hashable, Sendable {
        let client: ClientID
        let phoneNumber: PhoneNumber
        let scopes: [String]
    }

    fileprivate struct Entry {
        let request: Request
        let approvedAt: Timestamp
        let expiresAt: Timestamp
        var interval: Int
        var polledAt: Timestamp?
    }

    /// The shortest time between two polls, in seconds.
    static let interval = 2
    /// Seconds for which the server still reports a request as expired, not as unknown.
    private static let remembered = 600

    private let capacity: Int
    private let entries = NIOLockedValueBox<[String: Entry]>([:])

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// - Parameters:
    ///   - delay: seconds until the sandbox approves the request.
    ///   - lifetime: seconds until the request expires.
    /// - Returns: the request's `auth_req_id`, 256 random bits.
    func insert(_ request: Request, approvedAfter delay: Int, lifetime: Int, now: Timestamp) throws(OAuthError) -> String {
        var generator = SystemRandomNumberGenerator()
        let id = Base64URL.encode((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
        let isFull = entries.withLockedValue { entries in
            if entries.count >= capacity { entries = entries.filter { now < $0.value.expiresAt } }
            guard entries.count < capacity else { return true }
            entries[id] = Entry(
                request: request, approvedAt: now.adding(seconds: delay), expiresAt: now.adding(seconds: lifetime), interval: Self.interval)
            return false
        }
        guard !isFull else {
            throw OAuthError(.temporarilyUnavailable, "too many authentication requests wait", status: .serviceUnavailable, retryAfter: 10)
        }
        return id
    }

    /// Redeems an approved request. A request can be redeemed only once, and only by its own client.
    func redeem(_ id: String, by client: ClientID, now: Timestamp) throws(OAuthError) -> Request {
        let result: Result<Request, OAuthError> = entries.withLockedValue { entries in
            // Another client learns nothing about a request, and cannot redeem it.
            guard var entry = entries[id], entry.request.client == client, now < entry.expiresAt.adding(seconds: Self.remembered) else {
                return .failure(OAuthError(.invalidGrant, "auth_req_id is not known, was redeemed before, or is another client's"))
            }
            guard now < entry.expiresAt else { return .failure(OAuthError(.expiredToken, "auth_req_id has expired; ask for another")) }
            guard entry.approvedAt <= now else {
                defer { entries[id] = entry }
                return .failure(entry.polled(at: now))
            }
            entries[id] = nil
            return .success(entry.request)
        }
        return try result.get()
    }
}

extension PendingAuthentications.Entry {
    /// A poll that comes too soon makes the interval 5 s longer (CIBA, section 11).
    fileprivate mutating func polled(at now: Timestamp) -> OAuthError {
        defer { polledAt = now }
        guard let polledAt, now < polledAt.adding(seconds: interval) else {
            return OAuthError(.authorizationPending, "the request is not approved yet; poll again in \(interval) s")
        }
        interval += 5
        return OAuthError(.slowDown, "polled too soon; wait \(interval) s between requests")
    }
}

extension PendingAuthentications: Confidential {}
