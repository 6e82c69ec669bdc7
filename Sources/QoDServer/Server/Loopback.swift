import QualityOnDemand

/// The names and addresses by which a machine reaches only itself.
public enum Loopback {
    /// Whether a host is a name or an address of this machine itself. The host has no port; an IPv6 address may have
    /// brackets.
    ///
    /// A name such as `127.example.com` is not one of them: DNS resolves that name like any other.
    public static func contains(_ host: some StringProtocol) -> Bool {
        var name = host.lowercased()[...]
        if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
        if name.hasSuffix(".") { name = name.dropLast() }
        if name == "localhost" || name == "::1" { return true }
        return (try? IPv4Address(String(name))).map { $0.rawValue >> 24 == 127 } ?? false
    }
}
