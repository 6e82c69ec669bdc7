// With SharedClients and TransportError+Translation the only file that knows AsyncHTTPClient and NIO.
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Carries requests with AsyncHTTPClient. All clients of a process share its connections.
///
/// `HTTPClient.shared` would not do: it follows redirects, which would carry the token to whoever the redirect names,
/// and it tries to connect for 90 s, where an application wants to hear soon that nobody is there.
struct AsyncHTTPClientTransport: HTTPTransport {
    let connectTimeout: Duration
    let maximumResponseSize: Int
    var tls = ClientConfiguration.TLS()
    var proxy: ClientConfiguration.Proxy?

    func send(_ request: TransportRequest) async throws -> TransportResponse {
        do {
            // AsyncHTTPClient's deadline ends with the head of the answer. Ours holds for the body too, so that a server
            // that trickles its answer does not keep us.
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
