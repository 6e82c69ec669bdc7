import Testing

@testable import NACCommands

@Suite struct ProfileCommandTests {
    private static let profile =
        #"{"name":"QOS_E","description":"Steady","status":"ACTIVE","countryAvailability":[{"countryName":"FI","networks":["24405"]}],"#
        + #""targetMinUpstreamRate":{"value":500,"unit":"kbps"},"maxUpstreamRate":{"value":1,"unit":"Mbps"},"#
        + #""targetMinDownstreamRate":{"value":500,"unit":"kbps"},"minDuration":{"value":1,"unit":"Seconds"},"#
        + #""maxDuration":{"value":86400,"unit":"Seconds"},"priority":1,"packetDelayBudget":{"value":20,"unit":"Milliseconds"},"#
        + #""packetErrorLossRate":3,"l4sQueueType":"l4s-queue","serviceClass":"real_time_interactive"}"#

    @Test func `profiles are listed with what they promise`() async {
        let world = World(World.Reply(200, "[\(Self.profile)]"))
        #expect(await world.run("profile", "list") == .success)
        #expect(
            world.output == """
                NAME   STATUS  DOWNLINK      UPLINK                  DELAY    LONGEST  DESCRIPTION
                QOS_E  ACTIVE  ≥ 500 kbit/s  500 kbit/s to 1 Mbit/s  ≤ 20 ms  24 h     Steady

                """)
    }

    @Test func `a profile is shown with all that it promises`() async {
        let world = World(World.Reply(200, Self.profile))
        #expect(await world.run("profile", "get", "QOS_E") == .success)
        #expect(
            world.output == """
                Profile           QOS_E
                Status            ACTIVE
                Description       Steady
                Downlink          ≥ 500 kbit/s
                Uplink            500 kbit/s to 1 Mbit/s
                Delay             ≤ 20 ms
                Packet loss       ≤ 1 in 10^3
                Priority          1 (1 is served first, 100 last)
                L4S queue         l4s-queue
                Service class     real_time_interactive
                Shortest session  1 s
                Longest session   24 h
                Countries         FI

                """)
    }

    @Test func `programs get the profile in the API's own words`() async {
        let world = World(World.Reply(200, Self.profile))
        #expect(await world.run("profile", "get", "QOS_E", "--format", "json") == .success)
        #expect(world.output == Self.profile + "\n")
    }

    @Test func `with a device its own profiles are asked for`() async {
        let world = World(World.Reply(200, "[]"))
        #expect(await world.run("profile", "list", "--phone-number", "+99999991000") == .success)
        #expect(world.sent[0].body == #"{"device":{"phoneNumber":"+99999991000"}}"#)
        #expect(world.errors == "no profiles\n")
    }

    @Test func `a name that no profile can have is a mistake in the command line`() async {
        let world = World()
        #expect(await world.run("profile", "get", "a b") == .usage)
        #expect(world.sent.isEmpty)
    }
}
