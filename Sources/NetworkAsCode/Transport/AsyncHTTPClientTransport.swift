// The only file that knows AsyncHTTPClient and NIO.
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Carries requests with AsyncHTTPClient. All clients of a process share its connections.
///
/// `HTTPClient.shared` would not do: it follows redirects, which would carry the token to whoever the redirect names,
/// and it tries to connect for 90 s, where an application wants to hear soon that nobody is there.
struct AsyncHTTPClientTransport: HTTPTransport {
    let connectTimeout: Duration
    let maximumResponseSize: Int

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
            let failure = Self.translated(error, limit: maximumResponseSize)
            let message = "\(request.url.origin): \(failure.message)"
            throw TransportError(failure.kind, message: message, underlyingError: failure.underlyingError)
        }
    }

    private func exchange(_ request: TransportRequest) async throws -> TransportResponse {
        var message = HTTPClientRequest(url: request.url.absoluteString)
        message.method = .init(rawValue: request.method)
        for (name, value) in request.headers { message.headers.add(name: name, value: value) }
        if let body = request.body { message.body = .bytes(ByteBuffer(bytes: body)) }
        let client = await SharedClients.instance.client(connectTimeout: connectTimeout)
        let response = try await client.execute(message, deadline: .now() + TimeAmount(request.timeout))
        let body = try await response.body.collect(upTo: maximumResponseSize)
        try Task.checkCancellation()
        let headers = HeaderFields(response.headers.map { ($0.name, $0.value) })
        return TransportResponse(status: Int(response.status.code), headers: headers, body: Array(body.readableBytesView))
    }

    /// The error in our terms. What is not known to have happened before the request was sent counts as after it.
    static func translated(_ error: any Error, limit: Int) -> TransportError {
        switch error {
        case let error as TransportError:
            return error
        case let error as HTTPClientError:
            return translated(error)
        case is NIOTooManyBytesError:
            return TransportError(.responseTooLarge, message: "the answer is longer than \(limit) bytes")
        case let error as IOError:
            let isBeforeRequest = beforeConnection.contains(error.errnoCode)
            let message = error.errnoCode == ECONNREFUSED ? "connection refused" : "\(error)"
            return TransportError(isBeforeRequest ? .notConnected : .connectionLost, message: message, underlyingError: error)
        case ChannelError.connectTimeout:
            return TransportError(.notConnected, message: "no connection in time", underlyingError: error)
        case is ChannelError:
            return TransportError(.connectionLost, message: "the connection broke: \(error)", underlyingError: error)
        default:
            return translatedByName(error)
        }
    }

    private static func translated(_ error: HTTPClientError) -> TransportError {
        switch error {
        case .connectTimeout, .tlsHandshakeTimeout, .socksHandshakeTimeout, .httpProxyHandshakeTimeout, .getConnectionFromPoolTimeout:
            return TransportError(.notConnected, message: error.shortDescription, underlyingError: error)
        case .readTimeout, .writeTimeout, .deadlineExceeded:
            return TransportError(.timedOut, message: error.shortDescription, underlyingError: error)
        case .remoteConnectionClosed:
            return TransportError(.connectionLost, message: error.shortDescription, underlyingError: error)
        case .invalidURL, .emptyHost, .emptyScheme, .missingSocketPath:
            return TransportError(.invalidRequest, message: error.shortDescription, underlyingError: error)
        default:
            // The short description alone: the long one of invalidHeaderFieldValues repeats the values.
            return TransportError(.other, message: error.shortDescription)
        }
    }

    /// Errors of modules that we do not depend on. One that is not known is not retried, which is the safe side.
    private static func translatedByName(_ error: any Error) -> TransportError {
        switch String(reflecting: type(of: error)) {
        case "NIOPosix.NIOConnectionError", "AsyncHTTPClient.HTTPClient.NWPOSIXError":
            TransportError(.notConnected, message: "\(error)", underlyingError: error)
        default:
            TransportError(.other, message: "\(error)", underlyingError: error)
        }
    }

    private static let beforeConnection: Set<CInt> = [
        ECONNREFUSED, EHOSTUNREACH, EHOSTDOWN, ENETUNREACH, ENETDOWN, EADDRNOTAVAIL,
    ]
}

extension URL {
    /// Scheme, host and port, for messages.
    fileprivate var origin: String {
        "\(scheme ?? "")://\(host() ?? "")" + (port.map { ":\($0)" } ?? "")
    }
}

/// The clients of this process, one for each time to connect that is asked for. They live as long as the process,
/// as `HTTPClient.shared` does, so nobody has to shut them down.
private actor SharedClients {
    static let instance = SharedClients()
    private var clients: [Duration: HTTPClient] = [:]

    func client(connectTimeout: Duration) -> HTTPClient {
        if let client = clients[connectTimeout] { return client }
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = TimeAmount(connectTimeout)
        // Retries are decided in one place, ours.
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        clients[connectTimeout] = client
        return client
    }
}
