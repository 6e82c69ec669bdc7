import Access
import QoDServer
import SessionEngine

/// The keys that bound the resources of the process.
extension SettingKey {
    static let resourceKeys: [SettingKey] = [
        SettingKey("server.maxConnections", "open connections; default: what the machine's descriptors and memory allow") {
            $1.server.maximumConnections = try integer($0, in: 1...1_000_000)
        },
        SettingKey("server.maxConnectionsPerAddress", "open connections from one address; default: three quarters of all") {
            $1.server.maximumConnectionsPerAddress = try integer($0, in: 1...1_000_000)
        },
        SettingKey("server.headTimeout", "seconds from the opening of a connection until its first whole head") {
            $1.server.headTimeout = try integer($0, in: 1...3600)
        },
        SettingKey("server.bodyTimeout", "seconds from a request's head until its whole body") {
            $1.server.bodyTimeout = try integer($0, in: 1...3600)
        },
        SettingKey("server.drainTimeout", "seconds from the signal to stop until all connections are closed") {
            $1.server.drainTimeout = try integer($0, in: 1...3600)
        },
        SettingKey("limits.maxInFlight", "requests under way at once") { $1.server.maximumInFlight = try integer($0, in: 1...1_000_000) },
        SettingKey("limits.maxInFlightPerClient", "requests of one client under way at once; default: half of all") {
            $1.server.maximumInFlightPerClient = try integer($0, in: 1...1_000_000)
        },
        SettingKey("limits.bodyBytes", "bytes of request bodies in memory; default: 64 MiB, or a sixteenth of the memory") {
            $1.server.maximumBodyBytes = try integer($0, in: 1 << 20...1 << 40)
        },
        SettingKey("limits.bodyBytesPerClient", "bytes of one client's request bodies in memory; default: a quarter of all") {
            $1.server.maximumBodyBytesPerClient = try integer($0, in: 1024...1 << 40)
        },
        SettingKey("limits.storeReaders", "calls that read the database at once; default: as many as processors, 2 to 4") {
            $1.storeReaders = try integer($0, in: 1...64)
        },
        SettingKey("limits.providerWaiters", "requests that wait for the identity provider's keys at once") {
            $1.access.providerWaiters = try integer($0, in: 1...100_000)
        },
        SettingKey("limits.keyLookUps", "API keys that were never found before, looked up at once") {
            $1.access.keyLookUps.mostLookUps = try integer($0, in: 1...64)
        },
        SettingKey("limits.keyLookUpsWaiting", "API keys that were never found before and wait to be looked up") {
            $1.access.keyLookUps.mostWaiting = try integer($0, in: 0...100_000)
        },
        SettingKey("network.timeout", "seconds that a call of the network may take before it is given up and tried again") {
            $1.engine.site.networkTimeout = .seconds(try integer($0, in: 1...3600))
        },
        SettingKey("limits.storedEvents", "stored events, including events that wait to be delivered; beyond it the oldest are deleted") {
            $1.engine.eventCapacity = try integer($0, in: 100...1_000_000_000)
        },
        SettingKey("limits.keepEventsWithoutSink", "seconds for which events without a sink are kept once their session is gone") {
            $1.engine.retentionWithoutSink = .seconds(try integer($0, in: 1...86_400))
        },
    ]
}
