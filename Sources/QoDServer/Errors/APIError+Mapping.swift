import Access
import CAMARA
import HTTPTypes
import Hummingbird
import NIOCore
import QualityOnDemand
import SessionEngine
import Southbound

/// Maps the platform's errors to HTTP.
extension APIError {
    /// An invalid request: 400, with the API's code for this kind of mistake.
    init(_ error: InvalidValue) {
        let code: ErrorCode =
            switch error.kind {
            case .argument: .invalidArgument
            case .outOfRange: .outOfRange
            case .sink: .invalidSink
            case .credential: .invalidCredential
            case .token: .invalidToken
            }
        self.init(.badRequest, code, error.path.isEmpty ? "The request body \(error.reason)" : error.description)
    }

    init(_ error: EngineError) {
        let (status, code) = Self.statusAndCode(of: error.code)
        self.init(status, code, error.message, retryAfter: error.retryAfter.map { max(Int($0.components.seconds), 1) })
    }

    /// A request that is not authenticated: 401, or 503 if its credential cannot be checked now.
    init(_ error: AccessError) {
        let retryAfter = error.retryAfter.map { max(Int($0.components.seconds), 1) }
        guard error.code == .unauthenticated else {
            self.init(.serviceUnavailable, .unavailable, error.message, retryAfter: retryAfter)
            return
        }
        self.init(.unauthorized, .unauthenticated, error.message, retryAfter: retryAfter)
        if let rejection = error.rejection {
            challenge = "Bearer error=\"invalid_token\", error_description=\"\(rejection.message)\""
        }
    }

    private static func statusAndCode(of code: EngineError.Code) -> (HTTPResponse.Status, ErrorCode) {
        switch code {
        case .sessionNotFound: (.notFound, .notFound)
        case .permissionDenied: (.forbidden, .permissionDenied)
        case .conflict, .keyReused: (.conflict, .conflict)
        case .extensionNotAllowed: (.conflict, .sessionExtensionNotAllowed)
        case .durationOutOfRange: (.badRequest, .durationOutOfRange)
        case .profileUnknown, .flowTooLarge: (.badRequest, .invalidArgument)
        case .profileNotApplicable: (.unprocessableContent, .qosProfileNotApplicable)
        case .deviceMissing: (.unprocessableContent, .missingIdentifier)
        case .deviceNotFound: (.notFound, .identifierNotFound)
        case .deviceNotServed: (.unprocessableContent, .serviceNotApplicable)
        case .quotaExceeded: (.tooManyRequests, .quotaExceeded)
        case .overloaded, .unavailable: (.serviceUnavailable, .unavailable)
        default: (.internalServerError, .internalError)
        }
    }

    /// The answer to an error that reaches the edge; `nil` if the error is unforeseen.
    static func foreseen(_ error: any Error, request: Request) -> APIError? {
        switch error {
        case let error as APIError: error
        case let error as TransportFault: error.answer
        case let error as EngineError: APIError(error)
        case let error as InvalidValue: APIError(error)
        case is NetworkError:
            APIError(.serviceUnavailable, .unavailable, "The network cannot be reached now; nothing was changed.", retryAfter: 5)
        case is NIOTooManyBytesError: APIError(.contentTooLarge, .payloadTooLarge, "The request body is larger than is accepted.")
        case let error as HTTPError where error.status == .notFound: nothing(at: request)
        case let error as any HTTPResponseError where error.status.kind == .clientError:
            APIError(error.status, .invalidArgument, "The request cannot be read.")
        default: nil
        }
    }

    /// The error for a path without a route.
    static func nothing(at request: Request) -> APIError {
        APIError(.notFound, .notFound, "There is nothing at \(Excerpt.of(request.uri.path)).")
    }
}
