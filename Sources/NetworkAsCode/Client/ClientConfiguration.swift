public import Logging
import QualityOnDemand

/// How a client behaves; the defaults fit most applications.
public struct ClientConfiguration: Sendable {
    /// How long one attempt of a request may take, to the last byte of the answer.
    public var requestTimeout: Duration
    /// How long an attempt to connect may take. Not used with a transport of your own.
    public var connectTimeout: Duration
    /// When and how often a request that failed is sent again.
    public var retries: RetryPolicy
    /// The longest answer that is read, in bytes. Not used with a transport of your own.
    public var maximumResponseSize: Int
    /// How many sessions ``Device/clearSessions()`` deletes at a time.
    public var maximumConcurrentDeletions: Int
    /// Which certificates servers may show, and which one the client shows. Not used with a transport of your own.
    public var tls: TLS
    /// The proxy that requests go through; `nil` means straight to the server. Not used with a transport of your own.
    public var proxy: Proxy?
    /// Where the client tells what it does: requests at `debug`, retries at `notice`, with method, path, status and
    /// x-correlator, never with tokens, phone numbers or addresses of devices. By default it tells nobody.
    public var logger: Logger
    /// The header `User-Agent` of each request (RFC 9110 10.1.5).
    public var userAgent = defaultUserAgent

    /// The SDK and its version; put it behind the name of your application.
    public static let defaultUserAgent = "network-as-code-swift/\(SoftwareVersion.current)"

    /// Creates a configuration.
    public init(
        requestTimeout: Duration = .seconds(30), connectTimeout: Duration = .seconds(10), retries: RetryPolicy = RetryPolicy(),
        maximumResponseSize: Int = 8 * 1024 * 1024, maximumConcurrentDeletions: Int = 8, tls: TLS = TLS(), proxy: Proxy? = nil,
        logger: Logger? = nil
    ) {
        self.requestTimeout = requestTimeout
        self.connectTimeout = connectTimeout
        self.retries = retries
        self.maximumResponseSize = maximumResponseSize
        self.maximumConcurrentDeletions = maximumConcurrentDeletions
        self.tls = tls
        self.proxy = proxy
        self.logger = logger ?? Logger(label: "NetworkAsCode") { _ in SwiftLogNoOpLogHandler() }
    }
}
