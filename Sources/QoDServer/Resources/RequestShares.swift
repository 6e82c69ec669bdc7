import CAMARA
import HTTPTypes
import Hummingbird
import NIOConcurrencyHelpers
import NIOCore
import QualityOnDemand
import SessionEngine

extension APIError {
    /// All clients together need more than the platform has.
    static let busy = APIError(.serviceUnavailable, .unavailable, "The platform is busy; try again.", retryAfter: 1)
    /// One client needs more than its share.
    static let overShare = APIError(
        .tooManyRequests, .tooManyRequests, "This client has too many requests under way; try again.", retryAfter: 1)
}

extension ResourceLedger {
    /// Takes a place among the requests under way. The edge gives the place back with the answer.
    ///
    /// - Throws: ``APIError`` 429 over the client's share, 503 if all places are taken.
    func takePlace(_ client: ClientID?, _ context: APIRequestContext) throws(APIError) {
        let share = requestShares.place(of: client)
        guard requestShares.take(for: share) else {
            requests.refuse()
            throw .overShare
        }
        guard requests.take() else {
            requestShares.giveBack(for: share)
            throw .busy
        }
        context.notes.withLockedValue { $0.place = share }
    }

    /// Gives back a request's place.
    func leave(_ place: Shares.Place) {
        requestShares.giveBack(for: place)
        requests.giveBack()
    }
}

/// The counted bytes of one request's body.
struct BodyBytes {
    private let ledger: ResourceLedger
    private let share: Shares.Place
    private var taken = 0

    init(_ ledger: ResourceLedger, _ client: ClientID?) {
        self.ledger = ledger
        share = ledger.bodyShares.place(of: client)
    }

    /// Takes bytes before the server reads them.
    ///
    /// - Throws: ``APIError`` 429 over the client's share, 503 if no memory is left for bodies.
    mutating func take(_ count: Int) throws(APIError) {
        guard ledger.bodyShares.take(count, for: share) else {
            ledger.bodyBytes.refuse()
            throw APIError(
                .tooManyRequests, .tooManyRequests, "This client sends too many bytes at once; try again.", retryAfter: 1)
        }
        guard ledger.bodyBytes.take(count) else {
            ledger.bodyShares.giveBack(count, for: share)
            throw .busy
        }
        taken += count
    }

    mutating func giveBack() {
        ledger.bodyShares.giveBack(taken, for: share)
        ledger.bodyBytes.giveBack(taken)
        taken = 0
    }
}

extension Request {
    /// Whether the head announces a body.
    var hasBody: Bool {
        if let length = headers[.contentLength] { return length != "0" }
        return headers[.transferEncoding] != nil
    }
}
