import CAMARA
import HTTPTypes
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import NIOCore
import QualityOnDemand
import SessionEngine

/// Every request goes through here: its correlator, the end of its place among the requests under way, errors in the API's shape.
struct EdgeMiddleware: RouterMiddleware {
    typealias Context = APIRequestContext

    let paths: KnownPaths
    let origins: OriginPolicy
    private let ledger: ResourceLedger
    private let watch: RequestWatch

    init(ledger: ResourceLedger, paths: KnownPaths, origins: OriginPolicy, logger: Logger) {
        self.ledger = ledger
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
            // The router would take //metrics and /metrics/ for /metrics, which a proxy's rules for paths do not know.
            guard Self.isPlain(request.uri.path) else { throw APIError.nothing(at: request) }
            if let preflight = origins.preflight(request.head, methods: { paths.methods(on: $0) }) {
                response = preflight
            } else {
                response = try await next(request, context)
            }
        } catch {
            response = answer(to: error, request: request, correlator: correlator, context.logger)
        }
        // Whoever asks for the head alone takes a body for the next answer.
        if request.method == .head { response = response.withoutBody() }
        response.headers[.xCorrelator] = correlator
        origins.share(&response, with: request.head)
        let notes = context.notes.withLockedValue { $0 }
        if let place = notes.place { ledger.leave(place) }
        watch.finished(notes, status: response.status.code, since: start, correlator: correlator)
        return response
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

    /// Whether no part of a path is empty.
    private static func isPlain(_ path: String) -> Bool {
        var last: UInt8 = 0
        for byte in path.utf8 {
            if byte == UInt8(ascii: "/"), last == byte { return false }
            last = byte
        }
        return last != UInt8(ascii: "/") || path.utf8.count == 1
    }

    static func newCorrelator() -> String {
        var random = KernelRandom()
        // A UUID of version 4, written as ids of sessions are.
        let (high, low) = (random.next() & ~0xf000 | 0x4000, random.next() >> 2 | 0x8000_0000_0000_0000)
        return SessionID(high: high, low: low).description
    }
}
