import Operations
import Testing

@testable import Platform

@Suite struct MetricsSettingsTests {
    private static let token = "0123456789abcdef"

    private func read(_ flags: [String: String]) throws -> PlatformSettings {
        try SettingsReader(flags: flags, environment: [:], file: nil).read()
    }

    @Test func `metrics are for a sandbox's own machine, for whoever has the token, and otherwise for nobody`() throws {
        #expect(try read([:]).metricsAccess == .anybody)
        #expect(try read(["server.host": "0.0.0.0"]).metricsAccess == .nobody)
        #expect(try read(["auth.keys": "shop=0123456"]).metricsAccess == .nobody)
        var withStoredKeys = try read([:])
        withStoredKeys.hasStoredKeys = true
        #expect(withStoredKeys.metricsAccess == .nobody)
        #expect(try read(["metrics.token": Self.token]).metricsAccess == .token)
        #expect(try read(["metrics.token": Self.token, "auth.keys": "shop=0123456"]).metricsAccess == .token)
        #expect(try read(["metrics.access": "nobody"]).metricsAccess == .nobody)
        #expect(try read(["metrics.access": "anybody", "auth.keys": "shop=0123456"]).metricsAccess == .anybody)
    }

    @Test(arguments: [
        (["metrics.access": "token"], "metrics.token: is missing"), (["metrics.access": "everyone"], "metrics.access: \"everyone\" is not one of nobody, token, anybody"),
        (["metrics.token": "short"], "metrics.token: is not a token of 16"), (["metrics.token": "0123456789 abcdef"], "metrics.token: is not a token"),
        (["metrics.token": "0123456789abcdef", "metrics.access": "anybody"], "metrics.token: has no effect where metrics.access is anybody"),
        (["log.format": "xml"], "log.format: \"xml\" is not one of text, json"),
    ])
    func `settings that do not fit are named, and a token is not repeated`(flags: [String: String], message: String) throws {
        let error = try #require(throws: SettingError.self) { try read(flags) }
        #expect(error.description.hasPrefix(message), "\(error)")
        if let token = flags["metrics.token"] { #expect(!error.description.contains(token)) }
    }

    @Test func `the log's form is text unless it is to be JSON, and the token is in no description`() throws {
        #expect(try read([:]).logFormat == .text)
        #expect(try read(["log.format": "json"]).logFormat == .json)
        let settings = try read(["metrics.token": Self.token])
        #expect(!"\(settings)".contains(Self.token) && !String(reflecting: settings).contains(Self.token))
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!dumped.contains(Self.token))
    }
}
