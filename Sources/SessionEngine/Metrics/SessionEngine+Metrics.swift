extension SessionEngine {
    /// How many sessions wait to be brought in line with the network, those included that are tried again later.
    public var workQueueDepth: Int { reconciler.queueDepth }
}
