import CAMARA
import Hummingbird
import NIOConcurrencyHelpers
import QualityOnDemand

/// The one way to a client's routes: it finds out who calls, how often, and whether the credential allows the operation.
struct RequestGate: Sendable {
    let authenticator: any Authenticator
    let limiter: RateLimiter?
    /// The answers of test numbers; `nil` outside of an open sandbox.
    let stage: SandboxStage?
    let ledger: ResourceLedger

    /// The client that makes the request.
    ///
    /// - Throws: ``APIError`` 401 without a good credential, 429 over the client's rate or its share of the requests under way, 403 where the
    ///   credential lacks the scope, 503 where too many requests are under way.
    func admit(_ request: Request, _ context: APIRequestContext, needs scope: Scope) async throws(APIError) -> Principal {
        let principal = try await authenticator.authenticate(request.headers)
        context.notes.withLockedValue { $0.client = principal.client }
        try limiter?.admit(principal.client)
        if let scopes = principal.scopes, !scopes.contains(scope) {
            throw APIError(.forbidden, .permissionDenied, "The access token lacks the scope \(scope).")
        }
        try stage?.play(principal.device, context)
        // Waiting for an identity provider needs no place, and a request whose body is still to come takes one when it is there.
        if !request.hasBody { try ledger.takePlace(principal.client, context) }
        return principal
    }
}

/// Who may use a route. Every route says so when it is added; there is no default.
enum RouteAccess: Hashable, Sendable {
    /// A client whose credential has the scope.
    case scope(Scope)
    case open(OpenReason)

    /// Why a route may do without the gate.
    enum OpenReason: Hashable, Sendable {
        /// The answer is the same for everybody and tells nothing about clients, devices or sessions.
        case tellsNothingOfClients
        /// The route checks a credential of its own, which is no client's of the APIs.
        case checksItsOwnCredential
    }
}
