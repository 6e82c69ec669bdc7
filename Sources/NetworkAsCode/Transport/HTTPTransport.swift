#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Carries the SDK's requests to a server.
///
/// The SDK comes with a transport that uses AsyncHTTPClient. Write another transport only to use a different HTTP
/// library, or to give answers in tests.
///
/// Requirements on an implementation:
/// - The transport returns every answer, with any status. It does not follow redirects, because a redirect would carry
///   the token to another server.
/// - If there is no answer, the transport throws a ``TransportError`` that says truthfully how far the request came.
///   This decides whether the SDK retries. Any other error counts as ``TransportError/Kind-swift.struct/other``.
/// - If the task is cancelled, the transport ends the request soon, with an error of any kind.
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
    /// The header fields, including credentials.
    public var headers: HeaderFields
    /// The body; `nil` if there is none.
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
    /// Only method, address and size, because header fields and bodies contain secrets.
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
    /// The body; empty if there is none.
    public var body: [UInt8]

    /// Creates an answer.
    public init(status: Int, headers: HeaderFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

extension TransportResponse: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Only status and size, because the answer of a token endpoint is a secret.
    public var description: String { "\(status) (\(body.count) bytes)" }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// Shows ``description`` and nothing else.
    public var customMirror: Mirror { Mirror(self, children: ["response": description]) }
}
