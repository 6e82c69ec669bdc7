/// The bounds of the process's resources: derived from the machine, each of them may be set.
public struct ResourceLimits: Hashable, Sendable {
    /// Open connections of clients.
    public var connections: Int
    /// Open connections from one source address: one IPv4 address, or one /64 network of IPv6.
    public var connectionsPerAddress: Int
    /// Bytes of request bodies in memory.
    public var bodyBytes: Int
    /// Bytes of request bodies of one client.
    public var bodyBytesPerClient: Int
    /// Requests under way: their bodies are there, their clients known, and they are not answered.
    public var requests: Int
    /// Requests under way of one client.
    public var requestsPerClient: Int
    /// Large bodies that are parsed at once, each by a thread.
    public var parsers: Int
    /// Threads that look up the names of sinks.
    public var resolverThreads: Int
    /// Connections to sinks, those included that wait for another event.
    public var sinkConnections: Int
    /// Descriptors of the process.
    public var descriptors: Int

    /// Descriptors that the database, the log, the event loops, the network's tools, the identity provider and Dispatch need.
    ///
    /// Dispatch ends the process where it cannot open a file for a moment, so there always has to be room.
    static let reservedDescriptors = 40
    /// What an open connection may cost in memory.
    static let bytesPerConnection = 64 << 10

    /// Connections that may be open for a moment above the bound: accepted, and about to be closed.
    static func margin(_ connections: Int) -> Int { min(max(connections / 8, 2), 32) }

    /// - Parameters:
    ///   - machine: what the process may have.
    ///   - wished: what is configured; `nil` in it leaves a bound to the machine.
    public init(_ machine: Machine, _ wished: Wished = Wished()) {
        descriptors = machine.descriptors
        // A machine with very few descriptors still has to take some connections, and the reserve shrinks last.
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

    /// What is configured.
    public struct Wished: Hashable, Sendable {
        public var connections: Int?
        public var connectionsPerAddress: Int?
        public var bodyBytes: Int?
        public var bodyBytesPerClient: Int?
        public var requests = 4096
        public var requestsPerClient: Int?
        public var sinkConnections = 512
        /// The largest body that is accepted; one always fits.
        public var largestBody = 4 << 20

        public init() {}
    }
}
