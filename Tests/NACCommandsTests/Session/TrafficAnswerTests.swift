import CAMARA
import QualityOnDemand
import Testing

@testable import NACCommands

@Suite("nac session get --traffic")
struct TrafficAnswerTests {
    @Test("rates are in the unit that people would choose", arguments: [
        (0, "0 bit/s"), (999, "999 bit/s"), (1_000, "1 kbit/s"), (500_000, "500 kbit/s"), (8_640_000, "8.64 Mbit/s"), (8_040_000, "8.04 Mbit/s"),
        (20_000_000, "20 Mbit/s"), (19_250_000, "19.3 Mbit/s"), (1_500_000_000, "1.50 Gbit/s"),
    ])
    func rates(_ bitsPerSecond: Int, _ expected: String) {
        #expect(SessionTrafficAnswer.rate(bitsPerSecond).text == expected)
    }

    @Test("a direction is a line, and what is not known a dash")
    func table() {
        let direction = SessionTrafficInfo.Direction(
            targetMinRate: 8_000_000, maxRate: nil, currentRate: 7_900_000, bytes: 1_000_000, packets: 800, droppedPackets: 3)
        let none = SessionTrafficInfo.Direction(targetMinRate: nil, maxRate: nil, currentRate: nil, bytes: nil, packets: nil, droppedPackets: nil)
        let answer = SessionTrafficAnswer(
            traffic: .init(sessionID: "x", qosStatus: .available, qosProfile: "P", downlink: direction, uplink: none, measuredAt: nil))
        let lines = answer.text(on: Page(now: Timestamp(milliseconds: 0))).split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
        #expect(lines[0].first == "DIRECTION")
        #expect(lines[1] == ["downlink", "8", "Mbit/s", "–", "7.90", "Mbit/s", "1000000", "800", "3"])
        #expect(lines[2] == ["uplink", "–", "–", "–", "–", "–", "–"])
        #expect(answer.note?.contains("does not count") == true)
    }
}
