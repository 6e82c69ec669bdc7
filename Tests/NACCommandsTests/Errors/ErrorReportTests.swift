import NetworkAsCode
import SessionEngine
import Southbound
import Testing

@testable import NACCommands
@testable import Platform

@Suite struct ErrorReportTests {
    private let id = World.Reply.id

    @Test(arguments: [
        (400, "INVALID_ARGUMENT", Status.refused), (401, "UNAUTHENTICATED", .refused), (403, "PERMISSION_DENIED", .refused),
        (404, "NOT_FOUND", .notFound), (410, "GONE", .notFound), (409, "CONFLICT", .refused), (413, "TOO_LARGE", .refused),
        (422, "SERVICE_NOT_APPLICABLE", .refused), (429, "TOO_MANY_REQUESTS", .refused), (500, "INTERNAL", .failure), (503, "UNAVAILABLE", .failure),
    ])
    func `each answer has its status, and says code and correlator on one line`(http: Int, code: String, status: Status) async {
        let world = World(.error(http, code, "No.", headers: ["x-correlator": "corr-1"]))
        #expect(await world.run("session", "get", id) == status)
        #expect(world.errors.hasPrefix("nac: No (\(code), x-correlator corr-1)"))
        #expect(world.errors.filter { $0 == "\n" }.count == 1)
        #expect(world.output.isEmpty)
    }

    @Test func `nobody there is unreachable, and the sandbox can be started`() async {
        let world = World()
        #expect(await world.run("session", "get", id) == .unreachable)
        #expect(
            world.errors == "nac: 127.0.0.1: connection refused; start the platform with nac serve, or name another with --server or NAC_SERVER\n")
    }

    @Test func `nobody there elsewhere asks whether the address is right`() async {
        let world = World()
        #expect(await world.run("profile", "list", "--server", "https://api.example.com", "--token", "t0ken") == .unreachable)
        #expect(world.errors.contains("is https://api.example.com right?"))
    }

    @Test func `a token that is not accepted is told by where it came from, not by what it is`() async {
        let world = World(.error(401, "UNAUTHENTICATED", "No."), environment: ["NAC_TOKEN": "wr0ng-token"])
        #expect(await world.run("profile", "list") == .refused)
        #expect(world.errors.contains("the token is from NAC_TOKEN"))
        #expect(!world.errors.contains("wr0ng-token"))
    }

    @Test func `a wait that the server asks for is told`() async {
        let world = World(.error(429, "TOO_MANY_REQUESTS", "Slowly.", headers: ["Retry-After": "90"]))
        #expect(await world.run("profile", "list") == .refused)
        #expect(world.errors.hasSuffix("; try again in 1 min 30 s\n"))
    }

    @Test func `sessions that could not be cleared are told one by one`() async {
        let world = World(.sessions(id), .error(403, "PERMISSION_DENIED", "Not yours."), .sessions(id))
        #expect(await world.run("session", "clear", "--phone-number", "+99999991000") == .refused)
        #expect(world.errors.contains("nac: session \(id): Not yours (PERMISSION_DENIED"))
    }

    @Test func `an answer that makes no sense is a failure`() async {
        let world = World(World.Reply(200, "<html>"))
        #expect(await world.run("session", "get", id) == .failure)
        #expect(world.errors.hasPrefix("nac: the answer cannot be read"))
    }

    @Test(arguments: [
        (["session", "get"], "nac: Missing expected argument '<session-id>'; see nac session get --help\n"),
        (["session", "get", ""], "nac: <session-id>: \"\" is not the id of a session, which is a UUID; see nac session get --help\n"),
        (["session", "list", "--phne", "1"], "nac: Unknown option '--phne'; did you mean '--phone'?; see nac session list --help\n"),
        (["session", "list"], "nac: no device is named; give --phone-number, --network-access-identifier, --ipv4 or --ipv6; see nac session list --help\n"),
        (["session", "extend", "x", "--by", "soon"], "nac: --by: \"soon\" is not a duration; allowed are seconds such as 3600, and 90s, 10m, 2h, 1d, 1h30m; see nac session extend --help\n"),
    ])
    func `a mistake in the command line is one line, status 64, and nothing is sent`(arguments: [String], text: String) async {
        let world = World()
        let status = await Surroundings.$current.withValue(world.surroundings) { await NAC.run(arguments) }
        #expect(status == .usage)
        #expect(world.errors == text)
        #expect(world.output.isEmpty && world.sent.isEmpty)
    }

    @Test(arguments: [
        ("--phone-number", "+1"), ("--phone-number", "+36 20 1234567"), ("--network-access-identifier", ""), ("--ipv4", "1.2.3"),
        ("--ipv6", "10.0.0.1"), ("--format", "xml"), ("--server", "nonsense"), ("--token", ""),
    ])
    func `an option that does not fit is refused under its name`(option: String, value: String) async {
        let world = World()
        #expect(await world.run("session", "list", option, value) == .usage)
        #expect(world.errors.contains(option))
        #expect(world.sent.isEmpty)
    }

    @Test func `help goes to standard output with status 0, and lists every status`() async {
        let world = World()
        #expect(await world.run("--help") == .success)
        for status in Status.allCases { #expect(world.output.contains("\(status.rawValue)") && world.output.contains(status.meaning)) }
        #expect(world.errors.isEmpty)
    }

    @Test func `what nac serve stumbles over has its status and is one line`() {
        #expect(ErrorReport(SettingError("server.port: is bad")) == ErrorReport(status: .settings, lines: ["server.port: is bad"]))
        #expect(ErrorReport(StoreError(.full, "nac.db: the disk is full")) == ErrorReport(status: .storage, lines: ["nac.db: the disk is full"]))
        #expect(ErrorReport(NetworkError("ran0 is gone")) == ErrorReport(status: .unreachable, lines: ["ran0 is gone"]))
    }

    @Test func `a reader that has had enough is no error`() {
        #expect(ErrorReport(WriteError(isReaderGone: true, reason: "x")) == ErrorReport(status: .success, lines: []))
        #expect(ErrorReport(WriteError(isReaderGone: false, reason: "full")).status == .storage)
        #expect(ErrorReport(Interrupted()) == ErrorReport(status: .interrupted, lines: []))
    }

    @Test(arguments: [
        (["sesion", "list"], "session"), (["session", "lst"], "list"), (["session", "delte", "x"], "delete"), (["profil"], "profile"), (["serv"], "serve"),
    ])
    func `a command that is misspelt is suggested`(arguments: [String], command: String) async {
        let world = World()
        #expect(await Surroundings.$current.withValue(world.surroundings) { await NAC.run(arguments) } == .usage)
        #expect(world.errors.contains("did you mean \(command)?"), "\(world.errors)")
    }

    @Test func `for programs an error is one document on standard error`() async {
        let world = World(.error(429, "TOO_MANY_REQUESTS", "Slowly.", headers: ["Retry-After": "90", "x-correlator": "corr-1"]))
        #expect(await world.run("profile", "list", "--format", "json") == .refused)
        #expect(
            world.errors == #"{"exitStatus":77,"code":"TOO_MANY_REQUESTS","message":"Slowly.","advice":"try again in 1 min 30 s","#
                + #""httpStatus":429,"xCorrelator":"corr-1","retryAfter":90}"# + "\n")
        #expect(world.output.isEmpty)
    }

    @Test(arguments: [["session", "get", "--format=json"], ["session", "--format", "json", "list", "--phne", "1"], ["sesion", "--format", "json"]])
    func `for programs a mistake in the command line is a document too`(arguments: [String]) async {
        let world = World()
        #expect(await Surroundings.$current.withValue(world.surroundings) { await NAC.run(arguments) } == .usage)
        #expect(world.errors.hasPrefix(#"{"exitStatus":64,"code":"USAGE","message":""#) && world.errors.hasSuffix("\"}\n"), "\(world.errors)")
    }

    @Test func `for programs sessions that could not be cleared are a list`() async {
        let world = World(.sessions(id), .error(403, "PERMISSION_DENIED", "Not yours."), .sessions(id))
        #expect(await world.run("session", "clear", "--phone-number", "+99999991000", "--format", "json") == .refused)
        #expect(world.errors.contains(#""sessions":[{"sessionId":"\#(id)","code":"PERMISSION_DENIED","message":"Not yours."}]"#))
    }

    @Test func `for programs the log is documents as well`() async {
        let world = World(.session())
        #expect(await world.run("session", "get", id, "--format", "json", "--verbose") == .success)
        #expect(!world.errors.isEmpty && world.errors.split(separator: "\n").allSatisfy { $0.hasPrefix(#"{"level":"#) && $0.hasSuffix("}") })
    }

    @Test func `what a server says stays on one line`() async {
        let world = World(.error(400, "INVALID_ARGUMENT", #"a\nnac: forged\u001b[2J"#))
        #expect(await world.run("session", "get", id) == .refused)
        #expect(world.errors.filter { $0 == "\n" }.count == 1)
        #expect(!world.errors.contains("\u{1b}"))
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `completion scripts complete nac`(shell: String) async {
        let world = World()
        #expect(await world.run("completion", shell) == .success)
        #expect(world.output.contains("nac") && world.output.contains("session"))
    }
}
