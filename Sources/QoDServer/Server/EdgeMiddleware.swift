import Atomics
import CAMARA
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import NIOCore

/// What every request goes through: the correlator, the bound on requests under way, and errors in the API's shape.
struct EdgeMiddleware: RouterMiddleware {
    typealias Context = APIRequestContext

    let maximumInFlight: Int
    let paths: KnownPaths
    let origins: OriginPolicy
    private let watch: RequestWatch
    private let inFlight = ManagedAtomic(0)

    init(maximumInFlight: Int, paths: KnownPaths, origins: OriginPolicy, logger: Logger) {
        self.maximumInFlight = maximumInFlight
        self.paths = paths
        self.origins = origins
        watch = RequestWatch(logger: logger)
    }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = NIODeadline.now()
        let given = request.headers[.xCorrelator]
        let isValid = given.map { XCorrelator.isValid($0) } ?? true
        let correlator = isValid ? given ?? Self.newCorrelator() : Self.newCorrelator()
        var response: Response
        do {
            guard isValid else {
                throw APIError(
                    .badRequest, .invalidArgument,
                    "The header x-correlator is not valid: at most 256 letters, digits and -_:;./<>{} are allowed.")
            }
            try origins.admit(request.head)
            // Whether the platform lives, and how it does, is to be seen also when it is busy.
            if let preflight = origins.preflight(request.head, methods: { paths.methods(on: $0) }) {
                response = preflight
            } else if request.uri.path.hasPrefix("/health/") || request.uri.path == MetricsRoutes.path {
                response = try await next(request, context)
            } else {
                response = try await bounded(request, context, next)
            }
        } catch {
            response = answer(to: error, request: request, correlator: correlator, context.logger)
        }
        // Whoever asks for the head alone takes a body for the next answer.
        if request.method == .head { response = response.withoutBody() }
        response.headers[.xCorrelator] = correlator
        origins.share(&response, with: request.head)
        watch.finished(context.notes.withLockedValue { $0 }, status: response.status.code, since: start, correlator: correlator)
        return response
    }

    private func bounded(
        _ request: Request, _ context: Context, _ next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard inFlight.wrappingIncrementThenLoad(ordering: .relaxed) <= maximumInFlight else {
            inFlight.wrappingDecrement(ordering: .relaxed)
            throw APIError(.serviceUnavailable, .unavailable, "The platform is busy; try again.", retryAfter: 1)
        }
        defer { inFlight.wrappingDecrement(ordering: .relaxed) }
        return try await next(request, context)
    }

    private func answer(to error: any Error, request: Request, correlator: String, _ logger: Logger) -> Response {
        if (error as? HTTPError)?.status == .notFound, let allowed = paths.alternatives(to: request.method, on: request.uri.path) {
            return APIError(
                .methodNotAllowed, .methodNotAllowed, "\(request.method.rawValue) is not possible here; \(allowed) is.", allowedMethods: allowed
            ).response()
        }
        if let foreseen = APIError.foreseen(error, request: request) {
            return foreseen.response()
        }
        // The type only: what an unforeseen error says of itself may hold what must not be logged.
        logger.error("A request failed", metadata: ["error": "\(type(of: error))", "x-correlator": "\(correlator)"])
        return APIError(.internalServerError, .internalError, "Something went wrong here; the x-correlator helps to find it.").response()
    }

    private static func newCorrelator() -> String {
        UUID().uuidString.lowercased()
    }
}
