/// The traffic that a class has sent since it was made.
struct TrafficCount: Hashable, Sendable {
    /// Bytes of IP packets.
    var bytes: UInt64 = 0
    var packets: UInt64 = 0
    /// Packets that the class's queue did not accept, or dropped because they had waited too long.
    var dropped: UInt64 = 0

    /// The traffic since an earlier count; all of it if the earlier count belonged to another class.
    func since(_ earlier: TrafficCount) -> TrafficCount {
        guard earlier.bytes <= bytes, earlier.packets <= packets, earlier.dropped <= dropped else { return self }
        return TrafficCount(bytes: bytes - earlier.bytes, packets: packets - earlier.packets, dropped: dropped - earlier.dropped)
    }
}
