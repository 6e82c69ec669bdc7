import ArgumentParser
import QualityOnDemand

/// The terms of a new session: its profile, its duration, and whether to wait for the network.
struct TermsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The QoS profile; nac profile list shows the names.", valueName: "name"))
    var profile: String

    @Option(help: "How long: seconds, or 90s, 10m, 2h, 1h30m.")
    var duration = "24h"

    @Flag(help: "Wait until the network is ready.")
    var wait = false

    @Option(help: ArgumentHelp("How long --wait waits at most; the session stays after that.", valueName: "duration"))
    var waitTimeout = "60s"

    func validate() throws {
        _ = try reading("--profile") { () throws(InvalidValue) in try QoSProfileName(profile) }
        _ = try reading("--duration") { () throws(InvalidValue) in try DurationOption.read(duration) }
        _ = try reading("--wait-timeout") { () throws(InvalidValue) in try DurationOption.read(waitTimeout) }
    }
}
