import QualityOnDemand

/// The engine's settings for all sites, with defaults that suit most.
public struct EngineConfiguration: Sendable {
    /// The settings of an engine with one site.
    public var site = SiteSettings()
    /// How often the engine checks deadlines.
    public var deadlineTick: Duration = .milliseconds(50)
    /// How far ahead deadlines are kept in memory.
    public var deadlineHorizon: Duration = .seconds(120)
    /// How many deadlines are kept in memory; if there are more, the horizon is nearer.
    public var deadlineCapacity = 65_536
    /// How many sessions may wait to be reconciled; the next comparison finds the sessions beyond this number.
    public var workCapacity = 100_000
    /// How many ports and ranges of ports a flow may list on one side.
    public var portEntryLimit = 8192
    /// How long events and idempotency keys are kept; not shorter than the time for delivery attempts.
    public var retention: Duration = .seconds(86_400)
    /// How long events without a sink are kept after the end of their session, for clients that ask for events.
    public var retentionWithoutSink: Duration = .seconds(3600)
    /// How many events are kept; events that wait to be delivered are included.
    public var eventCapacity = 5_000_000
    /// How many sessions one answer lists: at most 100 (CAMARA, RetrieveSessionsOutput).
    public var listLimit = 100
    /// How many sessions may live for a client and for a device.
    public var liveLimits = LiveSessionLimits()

    public init() {}
}
