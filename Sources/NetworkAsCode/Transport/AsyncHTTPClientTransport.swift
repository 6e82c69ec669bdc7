// Only this file, SharedClients and TransportError+Translation use AsyncHTTPClient and NIO.
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Sends requests with AsyncHTTPClient. All clients of a process share its connections.
///
/// `HTTPClient.shared` does not fit. It follows redirects, and a redirect would carry the token to another server. It
/// also tries to connect for 90 s, but an application must learn soon that a server does not respond.
struct AsyncHTTPClientTransport: HTTPTransport {
    let connectTimeout: Duration
    let maximumResponseSize: Int
    var tls = ClientConfiguration.TLS()
    var proxy: ClientConfiguration.Proxy?

    func send(_ request: TransportRequest) async throws -> TransportResponse {
        do {
            // AsyncHTTPClient's deadline ends with the head of the answer. Our deadline includes the body, so that a
            // server with a slow body does not keep the application waiting.
            return try await withThrowingTaskGroup(of: TransportResponse.self) { group in
                group.addTask { try await exchange(request) }
                group.addTask {
                    try await Task.sleep(for: request.timeout)
                    throw TransportError(.timedOut, message: "no answer within \(request.timeout)")
                }
                defer { group.cancelAll() }
                guard let response = try await group.next() else { throw CancellationError() }
                return response
            }
        } catch {
            let failure = TransportError(translating: error, for: request.url, proxy: proxy?.endpoint(for: request.url), limit: maximumResponseSize)
            let message = "\(request.url.origin): \(failure.message)"
            throw TransportError(failure.kind, message: message, underlyingError: failure.underlyingError)
        }
    }

    private func exchange(_ request: TransportRequest) async throws -> TransportResponse {
        var message = HTTPClientRequest(url: request.url.absoluteString)
        message.method = .init(rawValue: request.method)
        for (name, value) in request.headers { message.headers.add(name: name, value: value) }
        if let body = request.body { message.body = .bytes(ByteBuffer(bytes: body)) }
        let key = SharedClients.Key(connectTimeout: connectTimeout, tls: tls, proxy: proxy?.endpoint(for: request.url))
        let client = try await SharedClients.instance.client(key)
        let response = try await client.execute(message, deadline: .now() + TimeAmount(request.timeout))
        let body = try await response.body.collect(upTo: maximumResponseSize)
        try Task.checkCancellation()
        let headers = HeaderFields(response.headers.map { ($0.name, $0.value) })
        return TransportResponse(status: Int(response.status.code), headers: headers, body: Array(body.readableBytesView))
    }
}

extension URL {
    /// Scheme, host and port, for messages.
    fileprivate var origin: String {
        "\(scheme ?? "")://\(host() ?? "")" + (port.map { ":\($0)" } ?? "")
    }
}
