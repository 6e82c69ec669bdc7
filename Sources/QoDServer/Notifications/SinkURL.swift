import Foundation

/// The address of a sink or of a token endpoint, split into its parts.
struct SinkURL: Hashable, Sendable {
    let isTLS: Bool
    /// A name, or an IP address without brackets; in lower case.
    let host: String
    let port: Int
    /// Path and query, percent-encoded.
    let target: String
    /// The value of the header `Host`.
    let hostHeader: String

    /// - Returns: `nil` if the text is not an http or https URL with a host, or if the URL has a user.
    init?(_ text: String) {
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), let url = URLComponents(string: text), url.user == nil, url.password == nil,
            let scheme = url.scheme?.lowercased(), scheme == "https" || scheme == "http", let found = url.host?.lowercased()
        else { return nil }
        let host = found.hasPrefix("[") && found.hasSuffix("]") ? String(found.dropFirst().dropLast()) : found
        // `URLComponents` has removed the percent-encoding. A host with characters other than those in names and
        // addresses cannot be resolved.
        let isName = host.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x2d...0x2e).contains($0) || (0x30...0x3a).contains($0) || $0 == 0x5f }
        guard !host.isEmpty, host.utf8.count <= 253, isName,
            (1...65535).contains(url.port ?? 443)
        else { return nil }
        isTLS = scheme == "https"
        self.host = host
        port = url.port ?? (isTLS ? 443 : 80)
        let path = url.percentEncodedPath.isEmpty ? "/" : url.percentEncodedPath
        target = path + (url.percentEncodedQuery.map { "?\($0)" } ?? "")
        hostHeader = (host.contains(":") ? "[\(host)]" : host) + (url.port.map { ":\($0)" } ?? "")
    }

    /// The address in the host; `nil` if the host is a name.
    var literal: SinkAddress? { SinkAddress(literal: host) }
}

/// The addresses that may receive events.
public struct SinkPolicy: Hashable, Sendable {
    /// Whether events may go to addresses without TLS.
    public var allowsHTTP: Bool
    /// Whether events may go to this machine and to networks that the Internet does not reach.
    public var allowsPrivate: Bool

    public init(allowsHTTP: Bool = false, allowsPrivate: Bool = false) {
        self.allowsHTTP = allowsHTTP
        self.allowsPrivate = allowsPrivate
    }

    func allows(_ url: SinkURL) -> Bool {
        url.isTLS || allowsHTTP
    }

    func allows(_ address: SinkAddress) -> Bool {
        switch address.reach {
        case .global: true
        case .inside: allowsPrivate
        case .never: false
        }
    }
}
