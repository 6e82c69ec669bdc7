import QualityOnDemand
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The addresses of requests.
enum Endpoint {
    /// - Throws: ``QualityOnDemand/InvalidValue`` if requests cannot or should not be sent to `url`.
    static func check(_ url: URL, allowsQuery: Bool = false) throws(InvalidValue) {
        let scheme = url.scheme?.lowercased()
        guard scheme == "https" || scheme == "http", let host = url.host(), !host.isEmpty else {
            throw InvalidValue("is not an address such as https://api.example.com; http and https with a host are allowed")
        }
        // A user name in the address would end up in logs; a credential does not.
        guard url.user() == nil, url.password() == nil else {
            throw InvalidValue("has a user name in it; give a Credential instead")
        }
        guard url.fragment() == nil, allowsQuery || url.query() == nil else {
            throw InvalidValue("has a query or a fragment; scheme, host, port and path are allowed")
        }
    }

    /// The address of `path`, which begins with a slash and is encoded, under `base`.
    static func url(_ base: URL, _ path: String) throws(InvalidValue) -> URL {
        try check(base)
        var text = base.absoluteString
        while text.hasSuffix("/") { text.removeLast() }
        guard let url = URL(string: text + path) else { throw InvalidValue("is not an address that paths can be added to") }
        return url
    }

    /// Whether others can read a request to `url` on the way: plain HTTP to another machine.
    static func isExposed(_ url: URL) -> Bool {
        guard url.scheme?.lowercased() == "http", let host = url.host() else { return false }
        return !(host == "localhost" || host.hasPrefix("127.") || host == "::1" || host == "[::1]")
    }
}
