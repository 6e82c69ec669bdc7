public import Logging
import NIOConcurrencyHelpers

/// The one place that accounts for the resources of the process.
///
/// Every bound is checked here before the work that it bounds. `/metrics` shows each account.
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
    /// Large bodies that are being parsed, or wait for a thread.
    let parsing: ResourceAccount
    /// Names of sinks that are being looked up, or wait for a thread.
    public let resolverThreads: ResourceAccount
    /// Connections to sinks.
    public let sinkConnections: ResourceAccount
    /// Descriptors of the process; counted when metrics are read.
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

    /// Shows one more resource, which something else accounts for.
    public func add(_ account: ResourceAccount) {
        others.withLockedValue { $0.append(account) }
    }

    /// All accounts, in the order of the documentation.
    public var accounts: [ResourceAccount] {
        [connections, descriptors, bodyBytes, requests, parsing, resolverThreads, sinkConnections] + others.withLockedValue { $0 }
    }

    /// What follows from the machine and the settings, for the log.
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
