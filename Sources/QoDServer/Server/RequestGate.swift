public import Access
import CAMARA
import Hummingbird
import NIOConcurrencyHelpers

/// The only way to a client's routes. The gate identifies the client, checks its rate, and checks that the credential
/// allows the operation.
struct RequestGate: Sendable {
    let authenticator: any Authenticator
    let limiter: RateLimiter?
    /// The answers of test numbers; `nil` outside of an open sandbox.
    let stage: SandboxStage?
    let ledger: ResourceLedger

    /// The client that makes the request.
    ///
    /// - Throws: ``APIError`` 401 without a valid credential, 429 over the client's rate or its share of the requests
    ///   under way, 403 if the credential lacks the scope, 503 if too many requests are under way.
    func admit(_ request: Request, _ context: APIRequestContext, needs scope: Scope) async throws(APIError) -> Principal {
        let principal: Principal
        do { principal = try await authenticator.authenticate(request.headers) } catch { throw APIError(error) }
        context.notes.withLockedValue { $0.client = principal.client }
        try limiter?.admit(principal.client)
        if let scopes = principal.scopes, !scopes.contains(scope) {
            throw APIError(.forbidden, .permissionDenied, "The access token lacks the scope \(scope).")
        }
        try stage?.play(principal.device, context)
        // A request needs no place while it waits for an identity provider. A request with a body takes its place once
        // the body is here.
        if !request.hasBody { try ledger.takePlace(principal.client, context) }
        return principal
    }
}

/// The clients that may use a route. Every route must name them; there is no default.
public enum RouteAccess: Hashable, Sendable {
    /// A client whose credential has the scope.
    case scope(Scope)
    /// Every caller, without a credential of the APIs.
    case open(OpenReason)

    /// Why a route may bypass the gate.
    public enum OpenReason: Hashable, Sendable {
        /// The answer is the same for everybody and tells nothing about clients, devices or sessions.
        case tellsNothingOfClients
        /// The route checks its own kind of credential, which is not a client's credential of the APIs.
        case checksItsOwnCredential
    }
}
