public import CAMARA
public import HTTPTypes
public import Hummingbird
import NIOCore
import QualityOnDemand

/// An error as an answer: the API's shape, and the additional header fields.
public struct APIError: HTTPResponseError {
    public let info: ErrorInfo
    /// Whole seconds after which a retry may succeed.
    public let retryAfter: Int?
    /// The methods of a path, for status 405.
    let allowedMethods: String?
    /// The challenge that tells the client how to authenticate, for status 401 (RFC 6750, 3).
    var challenge = "Bearer"

    public init(_ status: HTTPResponse.Status, _ code: ErrorCode, _ message: String, retryAfter: Int? = nil, allowedMethods: String? = nil) {
        self.info = ErrorInfo(status: status.code, code: code, message: message)
        self.retryAfter = retryAfter
        self.allowedMethods = allowedMethods
    }

    public var status: HTTPResponse.Status { HTTPResponse.Status(code: info.status) }

    public func response(from request: Request, context: some RequestContext) -> Response {
        response()
    }

    func response() -> Response {
        var response = Response(status: status, json: JSONWriter.document { info.write(to: &$0) })
        if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
        if let allowedMethods { response.headers[.allow] = allowedMethods }
        if status == .unauthorized { response.headers[.wwwAuthenticate] = challenge }
        return response
    }
}

extension Response {
    /// An answer with a JSON body.
    public init(status: HTTPResponse.Status, json: [UInt8]) {
        self.init(
            status: status, headers: [.contentType: "application/json", .contentLength: String(json.count)],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
    }

    /// The answer to a deletion: it has no body, but it has the content type that the APIs' specifications demand.
    static var deleted: Response {
        Response(status: .noContent, headers: [.contentType: "application/json"])
    }

    /// The answer without its body, but with the body's length in the head.
    func withoutBody() -> Response {
        var head = self
        let length = headers[.contentLength]
        head.body = ResponseBody()
        head.headers[.contentLength] = length
        return head
    }
}
