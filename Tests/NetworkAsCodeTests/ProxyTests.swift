import Foundation
import Testing

@testable import NetworkAsCode

@Suite struct ProxyTests {
    private func endpoint(_ address: String, _ environment: [String: String]) throws -> String? {
        let url = try #require(URL(string: address))
        return try ClientConfiguration.Proxy.environment(environment)?.endpoint(for: url).map { "\($0.host):\($0.port)" }
    }

    @Test("Each scheme has its variable", arguments: [
        (["HTTPS_PROXY": "http://p.example:3128"], "https://a.example", "p.example:3128"),
        (["https_proxy": "p.example:3128"], "https://a.example", "p.example:3128"),
        (["HTTPS_PROXY": "http://p.example:3128"], "http://a.example", nil),
        (["http_proxy": "http://[2001:db8::1]:8080/"], "http://a.example", "2001:db8::1:8080"),
        // A web server sets HTTP_PROXY from a header of a request (CVE-2016-5385), so capitals do not count.
        (["HTTP_PROXY": "http://p.example:3128"], "http://a.example", nil),
        (["ALL_PROXY": "http://p.example"], "https://a.example", "p.example:80"), ([:], "https://a.example", nil),
        (["HTTPS_PROXY": ""], "https://a.example", nil),
    ] as [([String: String], String, String?)])
    func variables(environment: [String: String], address: String, proxy: String?) throws {
        #expect(try endpoint(address, environment) == proxy)
    }

    @Test("Hosts in NO_PROXY are reached straight", arguments: [
        ("example.com", "https://example.com", true), ("example.com", "https://api.example.com", true), ("example.com", "https://notexample.com", false),
        (".example.com", "https://api.example.com", true), ("*.example.com", "https://api.example.com", true), ("*", "https://a.example", true),
        ("localhost, 10.0.0.0/8", "http://10.1.2.3:8443", true), ("10.0.0.0/8", "http://11.1.2.3", false), ("10.1.2.3", "http://10.1.2.3", true),
        ("2001:db8::/32", "http://[2001:db8::7]", true), ("2001:db8::/32", "http://[2001:db9::7]", false), ("example.com:443", "https://example.com", true),
        ("example.com:80", "http://example.com", true), ("", "https://name.localhost", true), ("", "https://localhost.", true), ("example.com:8443", "https://example.com:8443", true), ("example.com:8443", "https://example.com", false),
        ("EXAMPLE.com", "https://Example.COM", true), ("", "https://127.0.0.1:9091", true), ("", "https://localhost", true), ("", "https://[::1]", true),
    ])
    func exceptions(list: String, address: String, isStraight: Bool) throws {
        #expect(try (endpoint(address, ["ALL_PROXY": "http://p.example:3128", "NO_PROXY": list]) == nil) == isStraight)
    }

    @Test("A server with TLS that is named by its address is reached straight, because its certificate is checked against the address of the connection")
    func addresses() throws {
        let environment = ["ALL_PROXY": "http://p.example:3128"]
        #expect(try endpoint("https://192.0.2.7:8443", environment) == nil && endpoint("https://[2001:db8::7]", environment) == nil)
        #expect(try endpoint("http://192.0.2.7:8080", environment) == "p.example:3128")
    }

    @Test("A variable that is no proxy's address is told, without what it says", arguments: ["socks5://p.example:1080", "http://", "ftp://user:secret@x"])
    func nonsense(text: String) {
        let error = #expect(throws: NetworkAsCodeError.self) { try ClientConfiguration.Proxy.environment(["HTTPS_PROXY": text]) }
        #expect(error?.message == "HTTPS_PROXY: is not the address of a proxy, such as http://proxy.example.com:3128")
    }

    @Test("The password of a proxy is in no description")
    func secret() throws {
        let proxy = try #require(try ClientConfiguration.Proxy.environment(["HTTPS_PROXY": "http://user:pa55word@p.example:3128"]))
        #expect(try proxy.endpoint(for: #require(URL(string: "https://a.example")))?.credentials?.revealed == "user:pa55word")
        var text = ""
        dump(proxy, to: &text)
        #expect(!"\(proxy)\(text)".contains("pa55word"))
    }
}
