/// What a class has sent since it was made.
struct TrafficCount: Hashable, Sendable {
    /// Bytes of IP packets.
    var bytes: UInt64 = 0
    var packets: UInt64 = 0
    /// Packets that the class's queue did not take, or dropped because they had waited for too long.
    var dropped: UInt64 = 0

    /// What came since an earlier moment; nothing where that was another class's.
    func since(_ earlier: TrafficCount) -> TrafficCount {
        guard earlier.bytes <= bytes, earlier.packets <= packets, earlier.dropped <= dropped else { return self }
        return TrafficCount(bytes: bytes - earlier.bytes, packets: packets - earlier.packets, dropped: dropped - earlier.dropped)
    }
}
