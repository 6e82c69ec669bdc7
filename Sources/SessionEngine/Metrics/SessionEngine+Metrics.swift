extension SessionEngine {
    /// How many sessions wait to be reconciled with the network; sessions that wait for a retry are included.
    public var workQueueDepth: Int { reconciler.queueDepth }

    /// Whether the network holds the wanted sessions, as far as is known: the last comparison worked, and no
    /// disturbance came since.
    public var isNetworkInOrder: Bool { reconciler.isNetworkInOrder }
}
