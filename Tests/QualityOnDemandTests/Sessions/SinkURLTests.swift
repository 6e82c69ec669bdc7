import QualityOnDemand
import Testing

@Suite("The address of a sink")
struct SinkURLTests {
    @Test("has a host in lower case, the scheme's port if it names none, and a target", arguments: [
        ("https://example.com", "example.com:443", "/", "example.com"), ("HTTP://Example.COM/a?b=c", "example.com:80", "/a?b=c", "example.com"),
        ("https://example.com:443/", "example.com:443", "/", "example.com:443"), ("http://example.com:8080", "example.com:8080", "/", "example.com:8080"),
        ("https://example.com:/", "example.com:443", "/", "example.com"), ("https://example.com:0443?x", "example.com:443", "/?x", "example.com:443"),
        ("https://[2001:DB8::7]/", "[2001:db8::7]:443", "/", "[2001:db8::7]"), ("http://[::1]:80/#part", "[::1]:80", "/", "[::1]:80"),
        ("https://ex%61mple.com/", "example.com:443", "/", "example.com"), ("https://10.0.0.1/@:", "10.0.0.1:443", "/@:", "10.0.0.1"),
        ("https://a/%20{x}?[y]&%#z", "a:443", "/%20%7Bx%7D?%5By%5D&%25", "a"),
    ])
    func parts(text: String, authority: String, target: String, header: String) throws {
        let url = try SinkURL(text)
        #expect(url.authority == authority && url.target == target && url.hostHeader == header)
        #expect(url.isTLS == text.lowercased().hasPrefix("https"))
        #expect(!url.host.contains("["))
    }

    @Test("is an http or https URL with a host and a port", arguments: [
        "", "https", "https:", "https://", "https:///a", "https:example.com", "//example.com/", "ftp://example.com/", "https://?a", "https://#a",
        "https://a b/", "https://\u{e4}/", "https://a%00b/", "https://a%/", "https://a\\b/", "https://[::1", "https://[::1]x/", "https://[a]/",
        "https://[::1%25eth0]/", "https://a:b/", "https://a:0/", "https://a:65536/", "https://a:99999999999999999999/", "https://a:1:2/", "https://::1/",
        "https://" + String(repeating: "a", count: 254) + "/",
    ])
    func invalid(text: String) {
        #expect(throws: SinkURL.Problem.invalid) { () throws(SinkURL.Problem) in try SinkURL(text) }
    }

    @Test("has no user", arguments: ["https://user@example.com/", "https://user:secret@example.com/", "https://@example.com", "https://a@b@c/", "https://a@"])
    func user(text: String) {
        #expect(throws: SinkURL.Problem.hasUser) { () throws(SinkURL.Problem) in try SinkURL(text) }
    }
}
