import Testing

@testable import LinuxNetwork

@Suite("Rates of traffic")
struct TrafficLogTests {
    private let id = ClassID(minor: 0x10)

    private func counts(_ bytes: UInt64) -> TrafficLog.Counts {
        [.downlink: [id: TrafficCount(bytes: bytes, packets: bytes / 100, dropped: 0)], .uplink: [:]]
    }

    @Test("a rate is what was sent since the last look, or the one before where that was just now")
    func rates() {
        var log = TrafficLog()
        let now = TrafficCount(bytes: 3_000_000)
        #expect(log.rate(of: id, .downlink, now: now, at: .seconds(9)) == nil)
        _ = log.record(counts(1_000_000), at: .seconds(10))
        _ = log.record(counts(2_000_000), at: .seconds(12))
        #expect(log.rate(of: id, .downlink, now: now, at: .seconds(13)) == 8_000_000)
        #expect(log.rate(of: id, .downlink, now: now, at: .milliseconds(12_100)) == 7_619_047)
        #expect(log.rate(of: id, .uplink, now: now, at: .seconds(13)) == nil)
    }

    @Test("what was added counts once, also where a class began anew, and a class given to another session has no past")
    func added() {
        var log = TrafficLog()
        #expect(log.record(counts(1000), at: .seconds(1))[.downlink]?.bytes == 1000)
        #expect(log.record(counts(1500), at: .seconds(2))[.downlink]?.bytes == 500)
        #expect(log.record(counts(200), at: .seconds(3))[.downlink]?.bytes == 200)
        #expect(log.rate(of: id, .downlink, now: TrafficCount(bytes: 100), at: .seconds(4)) == nil, "fewer than before: another class")
        #expect(log.rate(of: id, .downlink, now: TrafficCount(bytes: 900), since: TrafficCount(bytes: 800), at: .seconds(4)) == 800, "100 bytes are its own")
    }
}
