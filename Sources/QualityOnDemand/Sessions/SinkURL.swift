/// The address of a sink or of a token endpoint, split into its parts.
///
/// The platform has no other reader of these addresses, so the check of a request, the queue of a host and the
/// delivery cannot disagree on the host.
package struct SinkURL: Hashable, Sendable {
    package let isTLS: Bool
    /// A name, or an IP address without brackets; in lower case.
    package let host: String
    package let port: Int
    private let namesPort: Bool
    private let pathAndQuery: ArraySlice<UInt8>

    /// The reason why a text is not the address of a sink.
    package enum Problem: Error {
        /// The text is not an http or https URL with a host and a port in 1...65535.
        case invalid
        /// The URL has a user or a password.
        case hasUser
    }

    package init(_ text: String) throws(Problem) {
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy({ (0x21...0x7e).contains($0) }), let isTLS = Self.isTLS(bytes) else { throw .invalid }
        let rest = bytes[(isTLS ? 8 : 7)...]
        let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        guard !authority.contains(UInt8(ascii: "@")) else { throw .hasUser }
        guard let (host, port) = Self.split(authority) else { throw .invalid }
        self.isTLS = isTLS
        self.host = host
        self.port = port ?? (isTLS ? 443 : 80)
        namesPort = port != nil
        pathAndQuery = rest[authority.endIndex...].prefix { $0 != UInt8(ascii: "#") }
    }

    /// The host as a URL writes it: an IPv6 address is in brackets.
    package var hostText: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host }

    /// Host and port; two URLs of one server have the same text.
    package var authority: String { "\(hostText):\(port)" }

    /// Path and query, percent-encoded.
    package var target: String {
        let text = PercentEncoding.encodeInvalid(pathAndQuery)
        return text.hasPrefix("/") ? text : "/\(text)"
    }

    /// The value of the header `Host`: without the port if the URL has none.
    package var hostHeader: String { namesPort ? authority : hostText }

    // MARK: Parts

    private static func isTLS(_ bytes: [UInt8]) -> Bool? {
        if starts(bytes, with: "https://") { return true }
        return starts(bytes, with: "http://") ? false : nil
    }

    private static func starts(_ bytes: [UInt8], with scheme: StaticString) -> Bool {
        guard bytes.count >= scheme.utf8CodeUnitCount else { return false }
        return (0..<scheme.utf8CodeUnitCount).allSatisfy { lowercased(bytes[$0]) == scheme.utf8Start[$0] }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
    }

    /// Splits an authority without a user. An empty port counts as no port (RFC 3986, section 3.2.3).
    private static func split(_ authority: ArraySlice<UInt8>) -> (host: String, port: Int?)? {
        let isBracketed = authority.first == UInt8(ascii: "[")
        guard let end = isBracketed ? authority.firstIndex(of: UInt8(ascii: "]")) : authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
        else { return nil }
        guard let host = host(authority[..<end], isBracketed: isBracketed) else { return nil }
        let rest = authority[end...].dropFirst(isBracketed ? 1 : 0)
        guard rest.isEmpty || rest.first == UInt8(ascii: ":") else { return nil }
        let digits = rest.dropFirst()
        guard !digits.isEmpty else { return (host, nil) }
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(String(decoding: digits, as: UTF8.self)), (1...65535).contains(port)
        else { return nil }
        return (host, port)
    }

    /// The host without brackets and percent-encoding, so that a host has one spelling; `nil` if it is neither an IPv6
    /// address in brackets nor a text of the characters of names and addresses.
    private static func host(_ bytes: ArraySlice<UInt8>, isBracketed: Bool) -> String? {
        guard let host = PercentEncoding.decode(bytes.dropFirst(isBracketed ? 1 : 0))?.map(lowercased) else { return nil }
        let isHost = isBracketed ? IPv6Address.parse(host) != nil : (1...253).contains(host.count) && host.allSatisfy(isNamePart)
        return isHost ? String(decoding: host, as: UTF8.self) : nil
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7a, 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
        default: false
        }
    }
}
