import ArgumentParser

/// Limits as flags, so that a developer can try the sandbox with limits.
struct LimitOptions: ParsableArguments {
    @Option(help: "Requests of one client per second, in the long run (limits.requestsPerSecond).") var requestsPerSecond: String?
    @Option(help: "Requests of one client at once (limits.burst).") var burst: String?
    @Option(help: "Live sessions of one client (limits.sessionsPerClient).") var sessionsPerClient: String?
    @Option(help: "Live sessions of one device (limits.sessionsPerDevice).") var sessionsPerDevice: String?

    /// The given flags, by the path of their key.
    var flags: [String: String] {
        let given: [String: String?] = [
            "limits.requestsPerSecond": requestsPerSecond, "limits.burst": burst, "limits.sessionsPerClient": sessionsPerClient,
            "limits.sessionsPerDevice": sessionsPerDevice,
        ]
        return given.compactMapValues { $0 }
    }
}
