import CAMARA
import HTTPTypes
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import NIOCore
import QualityOnDemand
import SessionEngine

/// Every request passes this middleware. It sets the correlator, releases the request's place, and writes errors in
/// the API's shape.
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
            // The router would accept //metrics and /metrics/ as /metrics, but a proxy's rules for paths do not know
            // these spellings.
            guard Self.isPlain(request.uri.path) else { throw APIError.nothing(at: request) }
            if let preflight = origins.preflight(request.head, methods: { paths.methods(on: $0) }) {
                response = preflight
            } else {
                response = try await next(request, context)
            }
        } catch {
            response = answer(to: error, request: request, correlator: correlator, context.logger)
        }
        // The client of a HEAD request would read a body as the next answer.
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
                .methodNotAllowed, .methodNotAllowed, "The method \(request.method.rawValue) is not allowed here; allowed: \(allowed).", allowedMethods: allowed
            ).response()
        }
        if let foreseen = APIError.foreseen(error, request: request) {
            return foreseen.response()
        }
        // The log gets only the error's type, because the text of an unforeseen error may hold secrets.
        logger.error("A request failed", metadata: ["error": "\(type(of: error))", "x-correlator": "\(correlator)"])
        return APIError(.internalServerError, .internalError, "The platform failed to answer this request; its log has the x-correlator.").response()
    }

    /// Whether every part of a path has at least one character.
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
        // A UUID of version 4, written like the ids of sessions.
        let (high, low) = (random.next() & ~0xf000 | 0x4000, random.next() >> 2 | 0x8000_0000_0000_0000)
        return SessionID(high: high, low: low).description
    }
}

extension HTTPField.Name {
    static let xCorrelator = Self("x-correlator")!
    static let idempotencyKey = Self("Idempotency-Key")!
}
