import Foundation
import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("Session ids")
struct SessionIDTests {
    @Test("an id is a UUID of version 7, and its time is in it")
    func versionAndVariant() throws {
        for seed in 0..<2_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let now = random.recentTimestamp()
            let id = SessionID.make(at: now, using: &random)
            #expect(id.high >> 12 & 0xf == 7, "seed \(seed): the version")
            #expect(id.low >> 62 == 0b10, "seed \(seed): the variant")
            #expect(Int64(id.high >> 16) == now.milliseconds, "seed \(seed): the time")
        }
    }

    @Test("the example of RFC 9562 is of its time")
    func example() throws {
        let id = try #require(SessionID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"))
        #expect(Int64(id.high >> 16) == (try Timestamp(rfc3339: "2022-02-22T14:22:22-05:00")).milliseconds)
        #expect(id.description == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    }

    @Test("ids of a later millisecond come later")
    func order() {
        for seed in 0..<2_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let now = random.recentTimestamp()
            let earlier = SessionID.make(at: now, using: &random)
            let later = SessionID.make(at: now.adding(milliseconds: Int64(random.int(in: 1...10))), using: &random)
            if !(earlier < later) || later < earlier || !(earlier.description < later.description) {
                Issue.record("seed \(seed): \(earlier) is not before \(later)")
            }
        }
    }

    @Test("what is printed is read back, in either case, and is a UUID to Foundation")
    func roundTrip() throws {
        for seed in 0..<2_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let id = SessionID(high: random.next(), low: random.next())
            if SessionID(id.description) != id || SessionID(id.description.uppercased()) != id { Issue.record("seed \(seed): \(id)") }
            if UUID(uuidString: id.description)?.uuidString.lowercased() != id.description { Issue.record("seed \(seed): \(id)") }
        }
    }

    @Test("random bits are random: 10,000 ids of one millisecond are all different")
    func different() {
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        #expect(Set((0..<10_000).map { _ in SessionID.make(at: now) }).count == 10_000)
    }

    @Test("a clock before 1970 yields ids all the same")
    func beforeTheEpoch() {
        #expect(SessionID.make(at: Timestamp(milliseconds: -5)).high >> 16 == 0)
    }

    @Test("anything that is not a UUID is refused", arguments: [
        "", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398ff", "017f22e279b07cc398c4dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}", "017f22e2_79b0_7cc3_98c4_dc0c0c07398f",
        "017f22e-279b0-7cc3-98c4-dc0c0c07398f", " 17f22e2-79b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398é",
        "------------------------------------", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n",
    ])
    func refuses(text: String) {
        #expect(SessionID(text) == nil)
    }
}
