public import Logging
import NIOConcurrencyHelpers

/// The one place that accounts for the resources of the process.
///
/// The ledger checks every bound before the work that needs the resource. `/metrics` shows each account.
public final class ResourceLedger: Sendable {
    public let limits: ResourceLimits
    /// Open connections of clients.
    let connections: ResourceAccount
    /// Bytes of request bodies in memory, and each client's share.
    let bodyBytes: ResourceAccount
    let bodyShares: Shares
    /// Requests under way, and each client's share.
    let requests: ResourceAccount
    let requestShares: Shares
    /// Large bodies in a parser's thread, or in the queue for one.
    let parsing: ResourceAccount
    /// Names of sinks in a resolver's thread, or in the queue for one.
    public let resolverThreads: ResourceAccount
    /// Connections to sinks.
    public let sinkConnections: ResourceAccount
    /// Descriptors of the process; a request for metrics counts them.
    let descriptors: ResourceAccount
    private let others = NIOLockedValueBox<[ResourceAccount]>([])

    public init(_ limits: ResourceLimits) {
        self.limits = limits
        connections = ResourceAccount("connections", limit: limits.connections)
        bodyBytes = ResourceAccount("body_bytes", limit: limits.bodyBytes)
        bodyShares = Shares(limit: limits.bodyBytesPerClient)
        requests = ResourceAccount("requests", limit: limits.requests)
        requestShares = Shares(limit: limits.requestsPerClient)
        parsing = ResourceAccount("parsing", limit: limits.parsers * 64)
        resolverThreads = ResourceAccount("resolver_threads", limit: limits.resolverThreads)
        sinkConnections = ResourceAccount("sink_connections", limit: limits.sinkConnections)
        descriptors = ResourceAccount("descriptors", limit: limits.descriptors)
    }

    /// Adds the account of one more resource; the account's owner keeps it up to date.
    public func add(_ account: ResourceAccount) {
        others.withLockedValue { $0.append(account) }
    }

    /// All accounts, in the order of the documentation.
    public var accounts: [ResourceAccount] {
        [connections, descriptors, bodyBytes, requests, parsing, resolverThreads, sinkConnections] + others.withLockedValue { $0 }
    }

    /// The bounds that follow from the machine and the settings, for the log.
    public var summary: Logger.Metadata {
        [
            "descriptors": "\(limits.descriptors)", "connections": "\(limits.connections)",
            "connectionsPerAddress": "\(limits.connectionsPerAddress)", "bodyBytes": "\(limits.bodyBytes)",
            "bodyBytesPerClient": "\(limits.bodyBytesPerClient)", "requests": "\(limits.requests)",
            "requestsPerClient": "\(limits.requestsPerClient)", "parsers": "\(limits.parsers)",
            "resolverThreads": "\(limits.resolverThreads)", "sinkConnections": "\(limits.sinkConnections)",
        ]
    }
}
