import Access
public import HTTPTypes
public import Hummingbird
import Logging
import NIOConcurrencyHelpers

/// A router that knows its paths: it answers an unsupported method on a known path with 405, not 404.
///
/// A client's route needs a scope, and its handler receives the client that passed the gate. An open route must name
/// its reason.
public struct APIRouter {
    /// Answers a request that passed no gate.
    public typealias Handler = @Sendable (Request, APIRequestContext) async throws -> Response
    typealias ClientHandler = @Sendable (Request, APIRequestContext, Principal) async throws -> Response

    private let router = Router(context: APIRequestContext.self)
    private let paths: KnownPaths
    private let gate: RequestGate
    /// Reads the bodies of open routes.
    public let openBodies: OpenBodyReader
    /// Every route of the router, with the access that it needs.
    private(set) var routes: [(method: HTTPRequest.Method, path: String, access: RouteAccess)] = []

    init(gate: RequestGate, origins: OriginPolicy, ledger: ResourceLedger, logger: Logger) {
        self.gate = gate
        paths = KnownPaths()
        openBodies = OpenBodyReader(ledger: ledger)
        router.add(middleware: EdgeMiddleware(ledger: ledger, paths: paths, origins: origins, logger: logger))
    }

    /// Adds a route for clients.
    ///
    /// - Parameters:
    ///   - operation: its name in metrics and logs.
    ///   - scope: the scope that the credential must have.
    mutating func on(
        _ method: HTTPRequest.Method, _ path: String, as operation: String, needs scope: Scope, _ handler: @escaping ClientHandler
    ) {
        add(method, path, as: operation, .scope(scope)) { [gate] request, context in
            let response: Result<Response, any Error>
            do {
                response = .success(try await handler(request, context, try await gate.admit(request, context, needs: scope)))
            } catch {
                response = .failure(error)
            }
            await gate.stage?.finish(context)
            return try response.get()
        }
    }

    /// Adds a route that bypasses the gate.
    ///
    /// - Parameters:
    ///   - operation: its name in metrics and logs.
    ///   - reason: the reason for a route that everybody may use.
    public mutating func onOpen(
        _ method: HTTPRequest.Method, _ path: String, as operation: String, because reason: RouteAccess.OpenReason, _ handler: @escaping Handler
    ) {
        add(method, path, as: operation, .open(reason), handler)
    }

    private mutating func add(
        _ method: HTTPRequest.Method, _ path: String, as operation: String, _ access: RouteAccess, _ handler: @escaping Handler
    ) {
        let metrics = OperationMetrics(operation)
        routes.append((method, path, access))
        router.on(RouterPath(path), method: method) { request, context in
            context.notes.withLockedValue { $0.operation = metrics }
            return try await handler(request, context)
        }
        paths.add(method, path)
    }

    func finished() -> Router<APIRequestContext> { router }
}
