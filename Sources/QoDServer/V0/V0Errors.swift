import CAMARA
import HTTPTypes
import Hummingbird
import QualityOnDemand
import SessionEngine

/// Errors in the form of the older dialect: it has fewer statuses and codes.
enum V0Errors {
    /// The same handler, with errors in the older dialect.
    static func told(_ handler: @escaping APIRouter.ClientHandler) -> APIRouter.ClientHandler {
        { request, context, principal in
            do {
                return try await handler(request, context, principal)
            } catch {
                throw told(error, request)
            }
        }
    }

    private static func told(_ error: any Error, _ request: Request) -> any Error {
        guard let error = APIError.foreseen(error, request: request) else { return error }
        let (status, code) = told(error.status, error.info.code)
        return APIError(status, code, error.info.message, retryAfter: error.retryAfter)
    }

    private static func told(_ status: HTTPResponse.Status, _ code: ErrorCode) -> (HTTPResponse.Status, ErrorCode) {
        switch code {
        case .durationOutOfRange: (.badRequest, .outOfRange)
        case .invalidSink, .invalidCredential, .invalidToken, .qosProfileNotApplicable, .missingIdentifier, .unnecessaryIdentifier,
            .unsupportedIdentifier, .sessionExtensionNotAllowed, .privateKeyJWTNotConfigured:
            (.badRequest, .invalidArgument)
        case .serviceNotApplicable: (.notImplemented, ErrorCode("NOT_IMPLEMENTED"))
        default: (status, code)
        }
    }

    /// The answer of retrieveSessions to an invalid body: status 422, with the place and the reason of the error.
    static func unprocessable(_ error: InvalidValue) -> Response {
        Response(status: .unprocessableContent, json: JSONWriter.document { json in
            json.object { json in
                json.name("detail")
                json.array([error]) { json, error in
                    json.object { json in
                        json.name("loc")
                        json.array(["body"] + error.path.map(\.text)) { $0.string($1) }
                        json.write("msg", error.description)
                        json.write("type", "value_error")
                    }
                }
            }
        })
    }
}

extension InvalidValue.PathElement {
    fileprivate var text: String {
        switch self {
        case .property(let name): Excerpt.of(name)
        case .index(let index): String(index)
        }
    }
}
