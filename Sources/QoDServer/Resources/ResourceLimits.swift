/// The bounds of the process's resources. They follow from the machine, and a setting can replace some of them.
public struct ResourceLimits: Hashable, Sendable {
    /// Open connections of clients.
    public var connections: Int
    /// Open connections from one source address: one IPv4 address, or one /64 network of IPv6.
    public var connectionsPerAddress: Int
    /// Bytes of request bodies in memory.
    public var bodyBytes: Int
    /// Bytes of request bodies of one client.
    public var bodyBytesPerClient: Int
    /// Requests under way: the body has arrived, the client is known, and the answer is still missing.
    public var requests: Int
    /// Requests under way of one client.
    public var requestsPerClient: Int
    /// Large bodies that threads parse at the same time, one thread for each.
    public var parsers: Int
    /// Threads that resolve the names of sinks.
    public var resolverThreads: Int
    /// Connections to sinks, including the connections that wait for another event.
    public var sinkConnections: Int
    /// Descriptors of the process.
    public var descriptors: Int

    /// The descriptors for the database, the log, the event loops, the network's tools, the identity provider and
    /// Dispatch.
    ///
    /// Dispatch terminates the process if it cannot open a file, even for a moment. The reserve must therefore always
    /// be free.
    static let reservedDescriptors = 40
    /// The most memory that an open connection may use, in bytes.
    static let bytesPerConnection = 64 << 10

    /// The most connections above the bound for a moment: they are accepted, and about to close.
    static func margin(_ connections: Int) -> Int { min(max(connections / 8, 2), 32) }

    /// - Parameters:
    ///   - machine: the resources that the process may use.
    ///   - wished: the settings; `nil` in them derives a bound from the machine.
    public init(_ machine: Machine, _ wished: Wished = Wished()) {
        descriptors = machine.descriptors
        // A machine with very few descriptors must still accept some connections; the reserve shrinks last.
        let free = max(machine.descriptors - Self.reservedDescriptors, 8)
        resolverThreads = min(16, max(free / 32, 1))
        sinkConnections = min(wished.sinkConnections, max(free / 4, 2))
        let left = max(free - sinkConnections - resolverThreads, 4)
        let fitting = left - Self.margin(left)
        let affordable = wished.connections == nil ? max(machine.memory / 4 / Self.bytesPerConnection, 64) : .max
        connections = max(min(wished.connections ?? 65_536, fitting, affordable), 1)
        connectionsPerAddress = min(wished.connectionsPerAddress ?? max(connections / 4 * 3, 1), connections)
        bodyBytes = wished.bodyBytes ?? min(64 << 20, max(machine.memory / 16, 8 << 20))
        bodyBytes = max(bodyBytes, wished.largestBody)
        bodyBytesPerClient = min(wished.bodyBytesPerClient ?? max(bodyBytes / 4, wished.largestBody), bodyBytes)
        bodyBytesPerClient = max(bodyBytesPerClient, wished.largestBody)
        requests = wished.requests
        requestsPerClient = min(wished.requestsPerClient ?? max(requests / 2, 1), requests)
        parsers = max(machine.processors / 2, 1)
    }

    /// The configured bounds.
    public struct Wished: Hashable, Sendable {
        public var connections: Int?
        public var connectionsPerAddress: Int?
        public var bodyBytes: Int?
        public var bodyBytesPerClient: Int?
        public var requests = 4096
        public var requestsPerClient: Int?
        public var sinkConnections = 512
        /// The largest accepted body; a body of this size always fits.
        public var largestBody = 4 << 20

        public init() {}
    }
}
