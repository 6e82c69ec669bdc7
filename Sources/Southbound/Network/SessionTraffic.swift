/// The traffic of one session's flow, as the network counted it.
public struct SessionTraffic: Hashable, Sendable {
    /// Towards the device.
    public var downlink: Count
    /// From the device.
    public var uplink: Count

    public init(downlink: Count, uplink: Count) {
        self.downlink = downlink
        self.uplink = uplink
    }

    /// One direction, since the network programmed the session.
    public struct Count: Hashable, Sendable {
        /// Of IP packets.
        public var bytes: UInt64
        public var packets: UInt64
        /// Packets that were dropped because there was no room for them.
        public var droppedPackets: UInt64
        /// Bits per second over the last seconds; `nil` if the flow was not watched for long enough.
        public var rate: Int?

        public init(bytes: UInt64, packets: UInt64, droppedPackets: UInt64, rate: Int?) {
            self.bytes = bytes
            self.packets = packets
            self.droppedPackets = droppedPackets
            self.rate = rate
        }
    }
}
