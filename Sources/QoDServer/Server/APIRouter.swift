import CAMARA
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import QualityOnDemand

/// A router that knows its paths: a method that is not possible on one of them is answered 405, not 404.
struct APIRouter {
    typealias Handler = @Sendable (Request, APIRequestContext) async throws -> Response

    private let router = Router(context: APIRequestContext.self)
    private let paths: KnownPaths

    init(maximumInFlight: Int, logger: Logger) {
        paths = KnownPaths()
        router.add(middleware: EdgeMiddleware(maximumInFlight: maximumInFlight, paths: paths, logger: logger))
    }

    /// - Parameter operation: by which metrics and logs call it.
    mutating func on(_ method: HTTPRequest.Method, _ path: String, as operation: String, _ handler: @escaping Handler) {
        let metrics = OperationMetrics(operation)
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
    let authenticator: any Authenticator
    let maximumBodySize: Int
    let limiter: RateLimiter?
    /// The kinds of identifier by which requests may name a device.
    let identifiers: Set<Device.IdentifierKind>

    /// Who makes the request; an error where it calls too often, or the credential lacks the scope.
    func principal(_ request: Request, _ context: APIRequestContext, needs scope: Scope?) async throws(APIError) -> Principal {
        let principal = try await authenticator.authenticate(request.headers)
        context.notes.withLockedValue { $0.client = principal.client }
        try limiter?.admit(principal.client)
        if let scope, let scopes = principal.scopes, !scopes.contains(scope) {
            throw APIError(.forbidden, .permissionDenied, "The access token lacks the scope \(scope).")
        }
        return principal
    }

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
        return try read(JSONNode(value, unknownProperties: .rejected))
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
