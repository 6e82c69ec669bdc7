import Testing

@testable import NACCommands

@Suite struct SinkTests {
    private let arguments = ["session", "create", "--phone-number", "+99999991000", "--service", "233.252.0.2", "--profile", "QOS_L"]

    private func run(_ world: World, _ more: [String]) async -> Status {
        await Surroundings.$current.withValue(world.surroundings) { await NAC.run(arguments + more) }
    }

    @Test func `the sink's token comes from the environment without a word`() async {
        let world = World(.session(201), environment: ["NAC_SINK_TOKEN": "hush"])
        #expect(await run(world, ["--sink", "https://app.example.com/events"]) == .success)
        #expect(world.sent[0].body.contains(#""accessToken":"hush""#))
        // The token expires in two days, later than any session.
        #expect(world.sent[0].body.contains("2026-03-03T10:00:00"))
        #expect(world.errors.isEmpty)
    }

    @Test func `a token on the command line is used, with a note that others see it`() async {
        let world = World(.session(201), environment: ["NAC_SINK_TOKEN": "other"])
        #expect(await run(world, ["--sink", "https://app.example.com/events", "--sink-token", "hush"]) == .success)
        #expect(world.sent[0].body.contains(#""accessToken":"hush""#))
        #expect(world.errors == "nac: note: --sink-token can be seen in the list of processes; NAC_SINK_TOKEN cannot\n")
    }

    @Test func `without a sink the environment's token is not sent`() async {
        let world = World(.session(201), environment: ["NAC_SINK_TOKEN": "hush"])
        #expect(await run(world, []) == .success)
        #expect(!world.sent[0].body.contains("hush"))
    }

    @Test(arguments: [
        (["--sink-token", "hush"], "--sink-token: is given without --sink"),
        (["--sink", "app.example.com"], "--sink: \"app.example.com\" is not an address"),
        (["--sink", "https://a.example", "--sink-token", "two words"], "--sink-token: is not a token"),
    ])
    func `a sink that does not fit is a mistake in the command line`(more: [String], message: String) async {
        let world = World()
        #expect(await run(world, more) == .usage)
        #expect(world.errors.hasPrefix("nac: \(message)"))
        #expect(!world.errors.contains("hush") && !world.errors.contains("two words"))
        #expect(world.sent.isEmpty)
    }
}
