/// What a class has sent since it was made.
struct TrafficCount: Hashable, Sendable {
    /// Bytes of frames, Ethernet's header included.
    var bytes: UInt64 = 0
    var packets: UInt64 = 0
    /// Packets that found the class's queue full.
    var dropped: UInt64 = 0
}
