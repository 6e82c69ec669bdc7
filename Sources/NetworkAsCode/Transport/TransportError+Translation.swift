import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
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

extension TransportError {
    /// Translates an error of the HTTP library into one sentence with the problem and the remedy. An error counts as
    /// one after the request was sent, unless it certainly happened before.
    init(translating error: any Error, for url: URL, proxy: ClientConfiguration.Proxy.Endpoint?, limit: Int) {
        switch error {
        case let error as TransportError:
            self = error
        case let error as HTTPClientError:
            self.init(error, url, proxy)
        case is NIOTooManyBytesError:
            self.init(.responseTooLarge, message: "the answer is longer than \(limit) bytes")
        case let error as IOError:
            self.init(error)
        case let error as NIOConnectionError:
            self.init(error, proxy)
        case ChannelError.connectTimeout:
            self.init(.notConnected, message: "no connection in time", underlyingError: error)
        case is ChannelError:
            self.init(.connectionLost, message: Self.closed(url), underlyingError: error)
        case is HTTPParserError:
            self.init(.other, message: "the answer is not HTTP; \(Self.otherScheme(url))")
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            self.init(tls: error, url)
        default:
            // An unknown error is not retried, which is the safe choice.
            self.init(named: error)
        }
    }

    private init(_ error: HTTPClientError, _ url: URL, _ proxy: ClientConfiguration.Proxy.Endpoint?) {
        switch error {
        case .connectTimeout, .tlsHandshakeTimeout, .socksHandshakeTimeout, .httpProxyHandshakeTimeout, .getConnectionFromPoolTimeout:
            self.init(.notConnected, message: error.shortDescription, underlyingError: error)
        case .readTimeout, .writeTimeout, .deadlineExceeded:
            self.init(.timedOut, message: error.shortDescription, underlyingError: error)
        case .remoteConnectionClosed:
            self.init(.connectionLost, message: Self.closed(url), underlyingError: error)
        case .invalidURL, .emptyHost, .emptyScheme, .missingSocketPath:
            self.init(.invalidRequest, message: error.shortDescription, underlyingError: error)
        case .proxyAuthenticationRequired:
            self.init(.other, message: "\(Self.name(proxy)) needs a user and a password; name them in its address or in ClientConfiguration.proxy")
        case .invalidProxyResponse:
            self.init(.other, message: "\(Self.name(proxy)) does not connect to this server; does it allow the host and the port?")
        default:
            // Only the short description: the long one of invalidHeaderFieldValues repeats the values.
            self.init(.other, message: error.shortDescription)
        }
    }

    private init(_ error: IOError) {
        self.init(
            Self.beforeConnection.contains(error.errnoCode) ? .notConnected : .connectionLost, message: Self.text(error), underlyingError: error)
    }

    private init(_ error: NIOConnectionError, _ proxy: ClientConfiguration.Proxy.Endpoint?) {
        let host = proxy.map { "the proxy's name \($0.host)" } ?? "the name \(error.host)"
        if error.connectionErrors.isEmpty, error.dnsAError != nil || error.dnsAAAAError != nil {
            let advice = "is it spelt right, and does this machine reach its name servers?"
            self.init(.notConnected, message: "\(host) is not found; \(advice)", underlyingError: error)
            return
        }
        let reason: String =
            switch error.connectionErrors.first.map(\.error) {
            case let error as IOError: Self.text(error)
            case let error as ChannelError where Self.isTimeout(error): "no connection in time"
            default: "no connection"
            }
        self.init(.notConnected, message: proxy.map { "the proxy \($0.host), port \($0.port): \(reason)" } ?? reason, underlyingError: error)
    }

    private static func isTimeout(_ error: ChannelError) -> Bool {
        if case .connectTimeout = error { true } else { false }
    }

    private init(named error: any Error) {
        switch String(reflecting: type(of: error)) {
        case "AsyncHTTPClient.HTTPClient.NWPOSIXError":
            self.init(.notConnected, message: "\(error)", underlyingError: error)
        default:
            self.init(.other, message: "\(error)", underlyingError: error)
        }
    }

    // MARK: TLS

    /// BoringSSL's texts name its own source files, which helps nobody. The reason in such a text is useful.
    private init(tls error: any Error, _ url: URL) {
        let text = "\(error)"
        let found = Self.reasons.first { text.contains($0.sign) }
        if case NIOSSLError.uncleanShutdown = error {
            self.init(.connectionLost, message: "the server closed the connection without ending TLS", underlyingError: error)
            return
        }
        if let extra = error as? NIOSSLExtraError, extra == .failedToValidateHostname || extra == .serverHostnameImpossibleToMatch {
            let host = url.host() ?? "the host"
            self.init(.other, message: "the server's certificate is not for \(host); use a name that the certificate has", underlyingError: error)
            return
        }
        self.init(.other, message: found?.message ?? "the TLS handshake with the server failed", underlyingError: error)
    }

    private static let reasons: [(sign: String, message: String)] = [
        ("WRONG_VERSION_NUMBER", "the server does not speak TLS there; does its address begin with http://, or has TLS another port?"),
        ("HTTP_REQUEST", "the server does not speak TLS there; does its address begin with http://, or has TLS another port?"),
        (
            "CERTIFICATE_VERIFY_FAILED",
            "the server's certificate is not trusted: its authority is not known here, or it has expired; "
                + "name the authority's certificate in ClientConfiguration.tls"
        ),
        ("CERTIFICATE_REQUIRED", wantsCertificate), ("HANDSHAKE_FAILURE", wantsCertificate),
        ("BAD_CERTIFICATE", refusesCertificate), ("UNKNOWN_CA", refusesCertificate), ("CERTIFICATE_UNKNOWN", refusesCertificate),
        ("CERTIFICATE_EXPIRED", "the server refuses the client's certificate, which has expired"),
        ("PROTOCOL_VERSION", "the server does not support TLS 1.2 or newer"),
        ("EOF during handshake", "the server closed the connection during the TLS handshake; does it speak TLS on that port?"),
    ]

    private static let wantsCertificate = "the server needs a certificate of the client; name it and its key in ClientConfiguration.tls"
    private static let refusesCertificate = "the server refuses the client's certificate; is it signed by an authority that the server trusts?"

    // MARK: Words

    private static func text(_ error: IOError) -> String {
        switch error.errnoCode {
        case ECONNREFUSED: "connection refused"
        case EHOSTUNREACH, ENETUNREACH: "there is no route to the host"
        case ECONNRESET, EPIPE: "the server reset the connection"
        case ETIMEDOUT: "no connection in time"
        default: String(cString: strerror(error.errnoCode))
        }
    }

    /// A server that expects TLS closes the connection when it receives plain HTTP.
    private static func closed(_ url: URL) -> String {
        let isPlain = url.scheme?.lowercased() == "http"
        return "the server closed the connection before its answer was complete" + (isPlain ? "; if it speaks TLS, its address begins with https://" : "")
    }

    private static func otherScheme(_ url: URL) -> String {
        let isPlain = url.scheme?.lowercased() == "http"
        return isPlain ? "if the server speaks TLS, its address begins with https://" : "is the port right?"
    }

    private static func name(_ proxy: ClientConfiguration.Proxy.Endpoint?) -> String {
        proxy.map { "the proxy \($0.host), port \($0.port)," } ?? "the proxy"
    }

    private static let beforeConnection: Set<CInt> = [
        ECONNREFUSED, EHOSTUNREACH, EHOSTDOWN, ENETUNREACH, ENETDOWN, EADDRNOTAVAIL,
    ]
}
