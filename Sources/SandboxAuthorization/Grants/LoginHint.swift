import QualityOnDemand

/// A client's hint that names the approving subscriber (OpenID CIBA, 7.1; the prefixes come from CAMARA).
enum LoginHint: Hashable, Sendable {
    case phoneNumber(PhoneNumber)
    /// The address that the client's service sees, with the port if a NAT is in between.
    case address(String, port: Int?)
    /// A kind of hint that the sandbox does not support.
    case other

    /// - Throws: ``OAuthError`` if the hint has a known kind and an invalid value.
    init(_ text: String) throws(OAuthError) {
        if text.hasPrefix("tel:") {
            guard let number = try? PhoneNumber(String(text.dropFirst(4))) else {
                throw .invalidRequest("login_hint is not tel: and a phone number in international format, such as tel:+99999991000")
            }
            self = .phoneNumber(number)
        } else if text.hasPrefix("ipport:") {
            guard let address = Self.address(text.dropFirst(7)) else {
                throw .invalidRequest("login_hint is not ipport: and an address with its port, such as ipport:233.252.0.1:1000 or ipport:[2001:db8:45::1000]:443")
            }
            self = address
        } else {
            self = .other
        }
    }

    /// `IPv4[:port]`, `[IPv6][:port]`, or an IPv6 address alone.
    private static func address(_ text: Substring) -> LoginHint? {
        if let address = try? IPv6Address(String(text)) { return .address(address.description, port: nil) }
        let (host, rest): (Substring, Substring)
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            (host, rest) = (text[text.index(after: text.startIndex)..<end], text[text.index(after: end)...])
        } else {
            (host, rest) = (text.prefix { $0 != ":" }, text.drop { $0 != ":" })
        }
        guard let address = (try? IPv4Address(String(host)))?.description ?? (try? IPv6Address(String(host)))?.description else { return nil }
        guard !rest.isEmpty else { return .address(address, port: nil) }
        guard rest.hasPrefix(":"), let port = Int(rest.dropFirst()), (1...65535).contains(port), rest.utf8.allSatisfy({ $0 != 0x2b }) else { return nil }
        return .address(address, port: port)
    }
}
