#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What carries the SDK's requests to a server.
///
/// The SDK comes with one that uses AsyncHTTPClient. Another is needed only to go through some other HTTP library,
/// or to answer in tests.
///
/// Requirements on an implementation:
/// - Any answer is returned, whatever its status. Redirects are not followed: they would carry the token elsewhere.
/// - Where there is no answer it throws a ``TransportError`` that says truthfully how far the request came, because
///   that decides whether it is sent again. Any other error counts as ``TransportError/Kind-swift.struct/other``.
/// - A cancelled task ends the request soon, with an error of any kind.
public protocol HTTPTransport: Sendable {
    /// Sends one request, once, and returns the whole answer.
    func send(_ request: TransportRequest) async throws -> TransportResponse
}

/// A request on its way to a server.
public struct TransportRequest: Sendable {
    /// The method, in capitals.
    public var method: String
    /// The absolute address.
    public var url: URL
    /// The header fields, credentials among them.
    public var headers: HeaderFields
    /// The body; `nil` where there is none.
    public var body: [UInt8]?
    /// How long the exchange may take, from the first attempt to connect to the last byte of the answer.
    public var timeout: Duration

    /// Creates a request.
    public init(method: String, url: URL, headers: HeaderFields = [:], body: [UInt8]? = nil, timeout: Duration = .seconds(30)) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

extension TransportRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Method, address and size only: header fields and bodies carry secrets.
    public var description: String { "\(method) \(url.absoluteString) (\(body?.count ?? 0) bytes)" }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// Shows ``description`` and nothing else.
    public var customMirror: Mirror { Mirror(self, children: ["request": description]) }
}

/// A server's answer.
public struct TransportResponse: Sendable {
    /// The HTTP status.
    public var status: Int
    /// The header fields.
    public var headers: HeaderFields
    /// The body; empty where there is none.
    public var body: [UInt8]

    /// Creates an answer.
    public init(status: Int, headers: HeaderFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

extension TransportResponse: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Status and size only: a token endpoint's answer is a secret.
    public var description: String { "\(status) (\(body.count) bytes)" }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// Shows ``description`` and nothing else.
    public var customMirror: Mirror { Mirror(self, children: ["response": description]) }
}
