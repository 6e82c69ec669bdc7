public import QualityOnDemand

extension NotificationTarget {
    /// Host and port of the sink; deliveries to one host share limits. The whole text if the sink is no valid address.
    public var host: String { (try? SinkURL(sink))?.authority ?? sink.lowercased() }
}
