import CAMARA
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import QualityOnDemand

/// A router that knows its paths: a method that is not possible on one of them is answered 405, not 404.
///
/// A client's route cannot be added without the scope that it needs, and its handler is called with the client that passed the
/// gate. A route for everybody has to name the reason.
struct APIRouter {
    typealias Handler = @Sendable (Request, APIRequestContext) async throws -> Response
    typealias ClientHandler = @Sendable (Request, APIRequestContext, Principal) async throws -> Response

    private let router = Router(context: APIRequestContext.self)
    private let paths: KnownPaths
    private let gate: RequestGate
    /// Every route that was added, with who may use it.
    private(set) var routes: [(method: HTTPRequest.Method, path: String, access: RouteAccess)] = []

    init(gate: RequestGate, origins: OriginPolicy, maximumInFlight: Int, logger: Logger) {
        self.gate = gate
        paths = KnownPaths()
        router.add(middleware: EdgeMiddleware(maximumInFlight: maximumInFlight, paths: paths, origins: origins, logger: logger))
    }

    /// Adds a route for clients.
    ///
    /// - Parameters:
    ///   - operation: its name in metrics and logs.
    ///   - scope: what a credential must allow.
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

    /// Adds a route that does without the gate.
    ///
    /// - Parameters:
    ///   - operation: its name in metrics and logs.
    ///   - reason: why nobody has to be a client here.
    mutating func onOpen(
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

/// What handlers share.
struct RequestReader: Sendable {
    let maximumBodySize: Int
    /// The answers of test numbers; `nil` outside of an open sandbox.
    let stage: SandboxStage?
    /// The kinds of identifier by which requests may name a device.
    let identifiers: Set<Device.IdentifierKind>
    /// Whether a phone number in a request may lack its `+`.
    var acceptsNumbersWithoutPlus = false

    /// The body, read strictly.
    func body<Value>(_ request: Request, _ read: (JSONNode) throws(InvalidValue) -> Value) async throws -> Value {
        let buffer = try await request.body.collect(upTo: maximumBodySize)
        guard buffer.readableBytes > 0 else { throw InvalidValue("is missing; a JSON object is needed") }
        if let contentType = request.headers[.contentType], !Self.isJSON(contentType) {
            throw APIError(
                .unsupportedMediaType, .unsupportedMediaType,
                "The content type \(Excerpt.of(contentType)) is not read here; application/json is.")
        }
        let value = try buffer.withUnsafeReadableBytes { bytes in Result { () throws(InvalidValue) in try JSONValue(parsing: bytes) } }.get()
        return try read(JSONNode(acceptsNumbersWithoutPlus ? value.withPlus : value, unknownProperties: .rejected))
    }

    /// The id of a session, or of an assignment, in the path.
    func sessionID(_ context: APIRequestContext, named name: String = "sessionId") throws -> SessionID {
        let text = Self.part(name, of: context)
        guard let id = SessionID(text) else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not a UUID").at(name)
        }
        return id
    }

    /// A part of the path, with what was percent-encoded decoded; as it came where that is not possible.
    static func part(_ name: String, of context: APIRequestContext) -> String {
        let text = context.parameters.get(name) ?? ""
        return text.utf8.contains(UInt8(ascii: "%")) ? text.removingPercentEncoding ?? text : text
    }

    private static func isJSON(_ contentType: String) -> Bool {
        contentType == "application/json"
            || contentType.prefix { $0 != ";" && $0 != " " }.lowercased() == "application/json"
    }
}
