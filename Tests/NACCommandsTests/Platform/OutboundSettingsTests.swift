import QoDTestSupport
import Testing

@testable import Platform
@testable import QoDServer

@Suite struct OutboundSettingsTests {
    /// The proxy for `https://sink.example`, as "host:port".
    private func proxy(flags: [String: String] = [:], _ environment: [String: String], isSecure: Bool = true, host: String = "sink.example") throws -> String? {
        let settings = try SettingsReader(flags: flags, environment: SettingsReader.ownVariables(environment), file: nil).read()
        return try settings.outbound.proxies().proxy(isSecure: isSecure, host: host, port: 443).map { "\($0.host):\($0.port)" }
    }

    @Test func `the proxy is that of the settings, otherwise that of the environment, otherwise none`() throws {
        #expect(try proxy([:]) == nil)
        #expect(try proxy(["HTTPS_PROXY": "http://p.example:3128"]) == "p.example:3128")
        #expect(try proxy(["HTTPS_PROXY": "http://p.example:3128"], isSecure: false) == nil)
        #expect(try proxy(["all_proxy": "p.example:3128"], isSecure: false) == "p.example:3128")
        #expect(try proxy(flags: ["proxy.address": "http://q.example:8080"], ["HTTPS_PROXY": "http://p.example:3128"]) == "q.example:8080")
        #expect(try proxy(flags: ["proxy.address": "http://q.example:8080"], ["HTTPS_PROXY": "nonsense://"]) == "q.example:8080")
        #expect(try proxy(flags: ["proxy.address": "none"], ["HTTPS_PROXY": "http://p.example:3128", "ALL_PROXY": "http://p.example:3128"]) == nil)
    }

    @Test func `hosts are excepted by the settings, otherwise by the environment`() throws {
        let environment = ["HTTPS_PROXY": "http://p.example:3128", "no_proxy": "sink.example"]
        #expect(try proxy(environment) == nil)
        #expect(try proxy(flags: ["proxy.except": "other.example"], environment) == "p.example:3128")
        #expect(try proxy(flags: ["proxy.except": "other.example"], environment, host: "a.other.example") == nil)
        for host in ["127.0.0.1", "localhost", "[::1]", "192.0.2.7"] { #expect(try proxy(["HTTPS_PROXY": "http://p.example:3128"], host: host) == nil, "\(host)") }
    }

    @Test func `user and password of a proxy reach it, and no description`() throws {
        let settings = try SettingsReader(flags: [:], environment: ["HTTPS_PROXY": "http://user:pa55word@p.example"], file: nil).read()
        let proxy = try #require(try settings.outbound.proxies().proxy(isSecure: true, host: "sink.example", port: 443))
        #expect(proxy.basicCredentials == "dXNlcjpwYTU1d29yZA==")
        var text = "\(settings)\(settings.outbound)\(proxy)"
        dump(settings.outbound, to: &text)
        dump(proxy, to: &text)
        #expect(!text.contains("pa55word") && !text.contains("dXNlcjpwYTU1d29yZA"))
    }

    @Test func `settings that need one another are there together`() {
        for (flags, message) in [
            (["auth.caFile": "/etc/hosts"], "auth.caFile: "), (["notifications.proxyResolves": "true", "proxy.address": "none"], "notifications.proxyResolves: has no effect"),
        ] {
            let error = #expect(throws: SettingError.self) { try SettingsReader(flags: flags, environment: [:], file: nil).read() }
            #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        }
    }
}
