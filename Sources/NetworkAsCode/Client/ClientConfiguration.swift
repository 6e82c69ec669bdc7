public import Logging
import QualityOnDemand

/// The settings of a client. The defaults fit most applications.
public struct ClientConfiguration: Sendable {
    /// The longest time of one attempt of a request, up to the last byte of the answer.
    public var requestTimeout: Duration
    /// The longest time of an attempt to connect. A transport of your own does not use this setting.
    public var connectTimeout: Duration
    /// When and how often the client retries a failed request.
    public var retries: RetryPolicy
    /// The longest answer that the client reads, in bytes. A transport of your own does not use this setting.
    public var maximumResponseSize: Int
    /// The number of sessions that ``Device/clearSessions()`` deletes at the same time.
    public var maximumConcurrentDeletions: Int
    /// The certificates that servers may show, and the client's own certificate. A transport of your own
    /// does not use this setting.
    public var tls: TLS
    /// The proxy for requests; `nil` means straight to the server. A transport of your own does not use this setting.
    public var proxy: Proxy?
    /// The client's logger. It receives requests at `debug` and retries at `notice`, with method, path,
    /// status and x-correlator, but never with tokens, phone numbers or addresses of devices. By default,
    /// the client logs nothing.
    public var logger: Logger
    /// The header `User-Agent` of each request (RFC 9110 10.1.5).
    public var userAgent = defaultUserAgent

    /// The name of the SDK and its version. Put your application's name before it.
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
