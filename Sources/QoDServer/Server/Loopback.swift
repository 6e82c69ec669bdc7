import QualityOnDemand

/// Names and addresses by which a machine reaches itself only.
public enum Loopback {
    /// Whether a host, without port and with or without the brackets of an IPv6 address, is this machine's own.
    ///
    /// A name such as `127.example.com` is none: it is resolved like any other name.
    public static func contains(_ host: some StringProtocol) -> Bool {
        var name = host.lowercased()[...]
        if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
        if name.hasSuffix(".") { name = name.dropLast() }
        if name == "localhost" || name == "::1" { return true }
        return (try? IPv4Address(String(name))).map { $0.rawValue >> 24 == 127 } ?? false
    }
}
