import QualityOnDemand
import Testing

@Suite("Profiles")
struct QoSProfileTests {
    private static func builtIn(_ name: String) throws -> QoSProfile {
        try #require(QoSProfile.builtIn.first { $0.name.description == name })
    }

    @Test("sixteen profiles come with the platform, each name once")
    func names() {
        let sizes = ["S", "M", "L"]
        let expected = sizes.flatMap { down in sizes.map { "DOWNLINK_\(down)_UPLINK_\($0)" } }
            + ["QOS_S", "QOS_M", "QOS_L", "QOS_E", "LEGACY", "FUTURE", "SHORT"]
        #expect(QoSProfile.builtIn.map(\.name.description) == expected)
    }

    @Test(
        "downlink and uplink are 4, 8 and 20 Mbit/s at least, without a maximum",
        arguments: [("S", 4), ("M", 8), ("L", 20)], [("S", 4), ("M", 8), ("L", 20)])
    func rates(down: (String, Int), up: (String, Int)) throws {
        let profile = try Self.builtIn("DOWNLINK_\(down.0)_UPLINK_\(up.0)")
        #expect(profile.targetMinDownstreamRate?.bitsPerSecond == down.1 * 1_000_000)
        #expect(profile.targetMinUpstreamRate?.bitsPerSecond == up.1 * 1_000_000)
        #expect(profile.maxDownstreamRate == nil && profile.maxUpstreamRate == nil)
        #expect(profile.maxDownstreamBurstRate == nil && profile.maxUpstreamBurstRate == nil)
    }

    @Test("QOS_S, QOS_M and QOS_L are 4, 8 and 20 Mbit/s both ways", arguments: [("QOS_S", 4), ("QOS_M", 8), ("QOS_L", 20)])
    func symmetric(name: String, rate: Int) throws {
        let profile = try Self.builtIn(name)
        #expect(profile.targetMinDownstreamRate?.bitsPerSecond == rate * 1_000_000)
        #expect(profile.targetMinUpstreamRate?.bitsPerSecond == rate * 1_000_000)
        #expect(profile.maxDownstreamRate == nil && profile.maxUpstreamRate == nil)
    }

    @Test("QOS_E is 500 kbit/s both ways, at least and at most, first in priority, within 20 ms")
    func lowLatency() throws {
        let profile = try Self.builtIn("QOS_E")
        let rates = [profile.targetMinDownstreamRate, profile.maxDownstreamRate, profile.targetMinUpstreamRate, profile.maxUpstreamRate]
        #expect(rates.map { $0?.bitsPerSecond } == [500_000, 500_000, 500_000, 500_000])
        #expect(profile.packetDelayBudget?.duration == .milliseconds(20))
        #expect(profile.priority == 1)
        #expect(QoSProfile.builtIn.allSatisfy { $0.name == profile.name || $0.priority ?? 0 > 1 })
    }

    @Test("all are active but LEGACY and FUTURE")
    func status() throws {
        #expect(try Self.builtIn("LEGACY").status == .deprecated)
        #expect(try Self.builtIn("FUTURE").status == .inactive)
        #expect(QoSProfile.builtIn.filter { $0.status != .active }.map(\.name.description) == ["LEGACY", "FUTURE"])
    }

    @Test("sessions last 1 s to 24 h, with SHORT 5 minutes at most")
    func builtInDurations() throws {
        for profile in QoSProfile.builtIn {
            #expect(profile.durations == 1...(profile.name.description == "SHORT" ? 300 : 86_400), "\(profile.name)")
            #expect(profile.minDuration == TimeSpan(1, .seconds))
        }
        #expect(try Self.builtIn("SHORT").maxDuration == TimeSpan(5, .minutes))
    }

    @Test("no profile allows more than a day or less than a second", arguments: [
        (nil, nil, 1...86_400), (TimeSpan(10, .seconds), nil, 10...86_400), (nil, TimeSpan(2, .days), 1...86_400),
        (nil, TimeSpan(90, .minutes), 1...5_400), (TimeSpan(1, .nanoseconds), TimeSpan(1, .days), 1...86_400),
        (TimeSpan(1_500, .milliseconds), TimeSpan(2_500, .milliseconds), 2...2), (TimeSpan(2, .days), TimeSpan(3, .days), 86_400...86_400),
        (TimeSpan(20, .seconds), TimeSpan(10, .seconds), 10...10), (nil, TimeSpan(1, .nanoseconds), 1...1),
        (TimeSpan(2_147_483_647, .days), TimeSpan(2_147_483_647, .days), 86_400...86_400),
    ] as [(TimeSpan?, TimeSpan?, ClosedRange<Int>)])
    func durations(shortest: TimeSpan?, longest: TimeSpan?, allowed: ClosedRange<Int>) throws {
        var profile = QoSProfile(name: try QoSProfileName("any"))
        profile.minDuration = shortest
        profile.maxDuration = longest
        #expect(profile.durations == allowed)
    }

    @Test("a name has 3 to 256 letters, digits, underscores, dots and hyphens")
    func profileNames() throws {
        for name in ["abc", "QOS_E", "a.b-c_1", "---", String(repeating: "x", count: 256)] {
            #expect(try QoSProfileName(name).description == name)
        }
        for name in ["", "ab", String(repeating: "x", count: 257), "a b", "a/b", "äbc", "abc\n", "abc\0", "a:bc"] {
            #expect(throws: InvalidValue.self) { try QoSProfileName(name) }
        }
        let error = #expect(throws: InvalidValue.self) { try QoSProfileName("a b") }
        #expect(error?.description == "\"a b\" is not a profile name: 3 to 256 letters, digits, \"_\", \".\" and \"-\"")
    }

    @Test("rates count in powers of a thousand bits", arguments: [
        (Rate(7, .bps), 7), (Rate(1, .kbps), 1_000), (Rate(20, .mbps), 20_000_000), (Rate(3, .gbps), 3_000_000_000),
        (Rate(1024, .tbps), 1_024_000_000_000_000), (Rate(0, .tbps), 0),
    ])
    func bitsPerSecond(rate: Rate, bits: Int) {
        #expect(rate.bitsPerSecond == bits)
    }

    @Test("spans of time are whole seconds down and up", arguments: [
        (TimeSpan(1, .days), 86_400, 86_400), (TimeSpan(2, .hours), 7_200, 7_200), (TimeSpan(3, .minutes), 180, 180),
        (TimeSpan(4, .seconds), 4, 4), (TimeSpan(999, .milliseconds), 0, 1), (TimeSpan(1_001, .milliseconds), 1, 2),
        (TimeSpan(1, .microseconds), 0, 1), (TimeSpan(2_147_483_647, .nanoseconds), 2, 3),
        (TimeSpan(2_147_483_647, .days), 185_542_587_100_800, 185_542_587_100_800),
    ])
    func seconds(span: TimeSpan, down: Int, up: Int) {
        #expect(span.wholeSeconds == down)
        #expect(span.wholeSecondsRoundedUp == up)
    }

    @Test("every class of service has the DSCP of the specification's table")
    func dscp() {
        let table = Dictionary(uniqueKeysWithValues: QoSProfile.ServiceClass.allCases.map { ($0.rawValue, $0.dscp) })
        #expect(table == [
            "microsoft_voice": 56, "microsoft_audio_video": 40, "real_time_interactive": 32, "multimedia_streaming": 26,
            "broadcast_video": 24, "low_latency_data": 18, "high_throughput_data": 10, "low_priority_data": 8, "standard": 0,
        ])
    }
}
