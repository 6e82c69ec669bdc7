import Testing

@testable import NACCommands

@Suite struct DeviceCommandTests {
    private let answer = World.Reply(
        200,
        #"[{"phoneNumber":"+99999991000","networkAccessIdentifier":"device-1000@testcsp.net","ipv4Address":{"publicAddress":"233.252.0.1","#
            + #""privateAddress":"10.45.4.1","publicPort":1000},"ipv6Address":"2001:db8:45::1000","behaviour":"availableAtOnce"}]"#)

    @Test func `test devices are listed by names that can be given back`() async {
        let world = World(answer)
        #expect(await world.run("device", "list", "--limit", "2") == .success)
        #expect(
            world.output == """
                PHONE NUMBER  BEHAVIOUR          IPV4              NAME                     IPV6
                +99999991000  available at once  233.252.0.1:1000  device-1000@testcsp.net  2001:db8:45::1000

                """)
        #expect(world.sent[0].path == "/sandbox/v1/devices?limit=2")
        #expect(world.sent[0].authorisation == "Bearer sandbox")
    }

    @Test func `a narrow terminal gets the columns that fit`() async {
        let world = World(answer, environment: ["NO_COLOR": "1"], columns: 80)
        #expect(await world.run("device", "list") == .success)
        #expect(world.output.hasPrefix("PHONE NUMBER  BEHAVIOUR          IPV4              NAME\n"))
    }

    @Test func `programs get the sandbox's own words`() async {
        let world = World(answer)
        #expect(await world.run("device", "list", "--format", "json") == .success)
        #expect(world.output == answer.body + "\n")
    }

    @Test func `an answer that is something else is an error`() async {
        let world = World(World.Reply(200, #"[{"phoneNumber":1}]"#))
        #expect(await world.run("device", "list") == .failure)
        #expect(world.errors == "nac: the answer cannot be read: [0].phoneNumber: is not a string\n")
    }

    @Test func `test numbers are listed with what they answer, slow ones in one line`() async {
        let answer = World.Reply(
            200,
            #"[{"phoneNumber":"+99999996429","answer":"error","status":429,"code":"TOO_MANY_REQUESTS"},{"phoneNumber":"+99999996801","answer":"slow","seconds":1},"#
                + #"{"phoneNumber":"+99999996899","answer":"slow","seconds":99},{"phoneNumber":"+99999996900","answer":"lostAfterwards"}]"#)
        let world = World(answer)
        #expect(await world.run("device", "answers") == .success)
        #expect(
            world.output == """
                PHONE NUMBER        ANSWER
                +99999996429        429 TOO_MANY_REQUESTS
                +99999996900        done, and the connection closed without an answer
                +99999996801 to 99  done, and answered after 1 to 99 s

                """)
        #expect(world.sent[0].path == "/sandbox/v1/answers")
        let programs = World(answer)
        #expect(await programs.run("device", "answers", "--format", "json") == .success)
        #expect(programs.output == answer.body + "\n")
    }

    @Test func `a limit out of range is a mistake in the command line`() async {
        let world = World()
        #expect(await world.run("device", "list", "--limit", "0") == .usage)
        #expect(world.errors == "nac: --limit: 0 is not in 1...1000; see nac device list --help\n")
    }
}
