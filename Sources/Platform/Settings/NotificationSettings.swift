import Operations
import QoDServer
public import QualityOnDemand
public import SessionEngine

/// The settings of the delivery of notifications.
public struct NotificationSettings: Sendable {
    /// `nil` means the default of the kind of platform, see ``PlatformSettings``.
    public var allowsHTTP: Bool?
    /// `nil` means the default of the kind of platform.
    public var allowsPrivate: Bool?
    public var delivery = DeliveryConfiguration()
    public var timeout: Duration = .seconds(10)
    /// A file with certificates of authorities that are trusted beside the system's.
    public var caFile: String?
    /// Whether a proxy gets the names of sinks unresolved. Such a proxy must keep sinks out of the internal network.
    public var proxyResolves = false
    /// The path of the private key that signs requests for sinks' tokens.
    public var keyFile: String?
    public var keyID = "nac"
    /// The platform's client id, used if a session's credential has none.
    public var clientID: String?

    public init() {}
}

extension PlatformSettings {
    /// The server's settings, completed with values from other settings.
    var serverConfiguration: ServerConfiguration {
        var configuration = server
        configuration.build = .current
        configuration.allowsHTTPSinks = sinkPolicy.allowsHTTP
        configuration.allowsPrivateSinks = sinkPolicy.allowsPrivate
        configuration.acceptedHosts = acceptedHosts
        if notifications.keyFile != nil { configuration.privateKeyJWT = .init(clientID: notifications.clientID) }
        return configuration
    }

    /// The configured bounds of resources. An attempt at a sink counts as two connections, because an attempt may
    /// leave a connection that waits.
    var wishedLimits: ResourceLimits.Wished {
        var wished = server.wishedLimits
        wished.sinkConnections = 2 * notifications.delivery.concurrency
        return wished
    }

    /// The settings of delivery. The connections to sinks bound the number of concurrent attempts.
    func delivery(_ ledger: ResourceLedger) -> DeliveryConfiguration {
        var delivery = notifications.delivery
        delivery.concurrency = min(delivery.concurrency, max(ledger.limits.sinkConnections / 2, 2))
        return delivery
    }

    /// The sender of events to their sinks.
    func sink(_ ledger: ResourceLedger) async throws -> HTTPEventSink {
        var configuration = SinkConfiguration()
        configuration.policy = sinkPolicy
        configuration.timeout = notifications.timeout
        configuration.authorities = try outbound.authorities(and: notifications.caFile, of: "notifications.caFile")
        configuration.proxies = try outbound.proxies()
        configuration.proxyResolves = notifications.proxyResolves
        if let path = notifications.keyFile {
            let pem: String
            do { pem = try TextFile.read(path) } catch { throw SettingError("notifications.privateKeyJwt.keyFile: \(error)") }
            do {
                configuration.privateKeyJWT = try await PrivateKeyJWT(
                    clientID: notifications.clientID, pem: pem, keyID: notifications.keyID)
            } catch {
                throw SettingError("notifications.privateKeyJwt.keyFile: \(path): \(error)")
            }
        }
        return try HTTPEventSink(configuration, resolver: SystemResolver(ledger.resolverThreads), connections: ledger.sinkConnections)
    }
}

extension SettingKey {
    static let notificationKeys: [SettingKey] = [
        SettingKey("notifications.allowHttpSinks", "whether http sinks are accepted; default: only by a sandbox on loopback") {
            $1.notifications.allowsHTTP = try boolean($0)
        },
        SettingKey("notifications.allowPrivateSinks", "whether sinks that the Internet does not reach are accepted; default: only by a sandbox on loopback") {
            $1.notifications.allowsPrivate = try boolean($0)
        },
        SettingKey("notifications.retryFor", "seconds for which the delivery of an event is retried") {
            let seconds = try integer($0, in: 1...604_800)
            $1.notifications.delivery.retryFor = .seconds(seconds)
            $1.engine.retention = max($1.engine.retention, .seconds(seconds))
        },
        SettingKey("notifications.firstDelay", "milliseconds until the second attempt; doubled each time") {
            $1.notifications.delivery.firstDelay = .milliseconds(try integer($0, in: 10...3_600_000))
        },
        SettingKey("notifications.largestDelay", "seconds between attempts at most") {
            $1.notifications.delivery.largestDelay = .seconds(try integer($0, in: 1...86_400))
        },
        SettingKey("notifications.largestHostPause", "longest pause for a host that does not answer, in seconds") {
            $1.notifications.delivery.largestHostPause = .seconds(try integer($0, in: 1...86_400))
        },
        SettingKey("notifications.timeout", "longest time of one attempt, in milliseconds") {
            $1.notifications.timeout = .milliseconds(try integer($0, in: 100...60_000))
        },
        SettingKey("notifications.concurrency", "attempts under way at once") {
            $1.notifications.delivery.concurrency = try integer($0, in: 2...4096)
        },
        SettingKey("notifications.concurrencyPerHost", "attempts under way at one host") {
            $1.notifications.delivery.concurrencyPerHost = try integer($0, in: 1...256)
        },
        SettingKey("notifications.caFile", "certificates of authorities trusted beside the system's, PEM") { $1.notifications.caFile = try text($0) },
        SettingKey("notifications.proxyResolves", "whether the proxy looks up sinks' names, and itself blocks internal addresses") {
            $1.notifications.proxyResolves = try boolean($0)
        },
        SettingKey("notifications.privateKeyJwt.keyFile", "private key for PRIVATE_KEY_JWT, PEM; P-256 or RSA") {
            $1.notifications.keyFile = try text($0)
        },
        SettingKey("notifications.privateKeyJwt.keyId", "id by which receivers find its public key (kid)") { $1.notifications.keyID = try text($0) },
        SettingKey("notifications.privateKeyJwt.clientId", "client id where a session's credential has none") {
            $1.notifications.clientID = try text($0)
        },
    ]
}

extension NotificationSettings: Confidential {}
