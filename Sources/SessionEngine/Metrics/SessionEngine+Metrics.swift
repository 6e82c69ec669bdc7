extension SessionEngine {
    /// How many sessions wait to be brought in line with the network, those included that are tried again later.
    public var workQueueDepth: Int { reconciler.queueDepth }

    /// Whether the network holds what is wanted, as far as is known: the last comparison worked, and nothing was disturbed since.
    public var isNetworkInOrder: Bool { reconciler.isNetworkInOrder }
}
