import CAMARA
import HTTPTypes
import NIOHTTP1

/// The facts in a request's head about its connection and its body (RFC 9112). The initializer checks them before any
/// other work.
struct RequestHead {
    /// The length of the body in bytes; `nil` if the body comes in chunks.
    private(set) var length: Int? = 0
    /// Whether the client waits for an interim answer before it sends the body.
    private(set) var awaitsContinue = false
    let keepsAlive: Bool
    /// Whether the request is HTTP/1.0, whose server must announce that a connection stays open.
    let isOld: Bool

    init(_ head: HTTPRequestHead) throws(APIError) {
        isOld = head.version.minor == 0
        keepsAlive = head.isKeepAlive
        var hosts = 0
        for (name, value) in head.headers {
            // The length of a name comes first; nearly all headers need no further comparison.
            switch name.utf8.count {
            case 4 where name.isSame(as: "host"): hosts += 1
            case 6 where name.isSame(as: "expect"): try expect(value)
            case 14 where name.isSame(as: "content-length"): try declare(value)
            case 17 where name.isSame(as: "transfer-encoding"): length = nil
            default: break
            }
        }
        // RFC 9112, 3.2.
        guard hosts == 1 || hosts == 0 && isOld else {
            throw APIError(.badRequest, .invalidArgument, "The request has \(hosts == 0 ? "no header Host" : "\(hosts) headers Host"); one is needed.")
        }
        if isOld { awaitsContinue = false }
    }

    private mutating func expect(_ value: String) throws(APIError) {
        guard value.isSame(as: "100-continue") else {
            throw APIError(.expectationFailed, .invalidArgument, "The header Expect is not supported; only 100-continue is.")
        }
        awaitsContinue = true
    }

    private mutating func declare(_ value: String) throws(APIError) {
        guard let bytes = Int(value), bytes >= 0 else {
            throw APIError(.badRequest, .invalidArgument, "The header Content-Length is not a number of bytes.")
        }
        if length != nil { length = bytes }
    }
}

extension String {
    /// Whether the text equals a text in lower case, regardless of its own case.
    fileprivate func isSame(as lowercased: StaticString) -> Bool {
        utf8.count == lowercased.utf8CodeUnitCount
            && zip(utf8, UnsafeBufferPointer(start: lowercased.utf8Start, count: lowercased.utf8CodeUnitCount))
                .allSatisfy { $0 | (0x41...0x5a ~= $0 ? 0x20 : 0) == $1 }
    }
}
