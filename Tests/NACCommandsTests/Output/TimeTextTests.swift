import QualityOnDemand
import Testing

@testable import NACCommands

@Suite struct TimeTextTests {
    @Test(arguments: [
        (0, "now"), (499, "now"), (-499, "now"), (500, "in 1 s"), (1_000, "in 1 s"), (59_499, "in 59 s"), (59_999, "in 1 min"), (60_000, "in 1 min"),
        (599_970, "in 10 min"), (89_499, "in 1 min"), (90_000, "in 2 min"), (3_569_000, "in 59 min"), (3_599_999, "in 1 h"),
        (3_600_000, "in 1 h"), (5_400_000, "in 1 h 30 min"), (3_605_000, "in 1 h"), (86_369_000, "in 23 h 59 min"), (86_399_000, "in 24 h"),
        (86_400_000, "in 24 h"), (172_799_000, "in 2 d"), (172_800_000, "in 2 d"), (183_600_000, "in 2 d 3 h"), (-3_000, "3 s ago"), (-85_000, "1 min ago"),
    ])
    func `times are told as they stand to now`(milliseconds: Int64, text: String) {
        #expect(TimeText.relative(World.start.adding(milliseconds: milliseconds), to: World.start) == text)
    }

    @Test(arguments: [
        (Duration.seconds(0), "0 s"), (.seconds(1), "1 s"), (.seconds(90), "1 min 30 s"), (.seconds(3600), "1 h"), (.seconds(3605), "1 h 5 s"),
        (.seconds(86_400), "24 h"), (.seconds(172_800), "2 d"), (.milliseconds(20), "20 ms"), (.microseconds(1500), "1.5 ms"),
    ])
    func `durations are told exactly`(duration: Duration, text: String) {
        #expect(TimeText.exact(duration) == text)
    }

    @Test(arguments: [(-1, "0:00"), (0, "0:00"), (9, "0:09"), (60, "1:00"), (3_599, "59:59"), (3_600, "1:00:00"), (86_400, "24:00:00")])
    func `a countdown looks like a clock`(seconds: Int, text: String) {
        #expect(TimeText.countdown(seconds) == text)
    }
}
