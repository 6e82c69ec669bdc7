import NetworkAsCode
import QoDServer
public import QualityOnDemand

/// The settings of connections from the platform to others: sinks, token endpoints and the identity provider.
public struct OutboundSettings: Sendable {
    /// The address of the proxy, or `none`; `nil` means the environment's proxy. The address may contain a password.
    public var proxy: String?
    /// Hosts that are reached without the proxy; `nil` means the hosts that the environment names.
    public var exceptions: String?
    /// A file of certificates that replaces the system's authorities.
    public var systemAuthorities: String?
    /// The environment's variables about proxies.
    private var environment: [String: String] = [:]

    public init() {}

    /// Variables that other programs read too.
    static let variables: Set<String> = [
        "HTTPS_PROXY", "https_proxy", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy", authorityVariable,
    ]
    private static let authorityVariable = "SSL_CERT_FILE"

    /// Keeps the environment's variables about proxies and authorities.
    mutating func takeVariables(_ environment: [String: String]) {
        self.environment = environment.filter { Self.variables.contains($0.key) }
        systemAuthorities = environment[Self.authorityVariable].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The proxy for each connection. The settings come before the environment.
    func proxies() throws(SettingError) -> ProxyRules {
        guard proxy != "none" else { return .none }
        var variables = proxy.map { ["ALL_PROXY": $0] } ?? environment
        variables["NO_PROXY"] = exceptions ?? environment["NO_PROXY"] ?? environment["no_proxy"]
        let found: ClientConfiguration.Proxy?
        do { found = try .environment(variables) } catch {
            let isSetting = proxy != nil
            throw SettingError(isSetting ? "proxy.address: is not the address of a proxy, such as http://proxy.example.com:3128, or none" : error.message)
        }
        guard let found else { return .none }
        return ProxyRules { isSecure, host, port in
            found.endpoint(isSecure: isSecure, host: host, port: port).map {
                ForwardProxy(host: $0.host, port: $0.port, basicCredentials: $0.basicCredentials)
            }
        }
    }

    /// The trusted authorities: the system's, and the authorities in the file that a setting names.
    func authorities(and file: String?, of setting: String) throws(SettingError) -> TrustedAuthorities {
        do { return try TrustedAuthorities(insteadOfSystem: systemAuthorities, and: file) } catch {
            throw SettingError("\(error.path == file ? setting : Self.authorityVariable): \(error)")
        }
    }
}

extension PlatformSettings {
    /// Checks at the start that proxies and certificates are usable.
    func checkOutbound() throws(SettingError) {
        _ = try outbound.proxies()
        _ = try outbound.authorities(and: access.providerCAFile, of: "auth.caFile")
        _ = try outbound.authorities(and: notifications.caFile, of: "notifications.caFile")
        guard outbound.proxy != "none" || !notifications.proxyResolves else {
            throw SettingError("notifications.proxyResolves: has no effect without proxy.address")
        }
        guard access.providerCAFile == nil || access.takesTokens else {
            throw SettingError("auth.caFile: has no effect without auth.issuer or auth.jwks, where the keys of access tokens come from")
        }
    }
}

extension SettingKey {
    static let outboundKeys: [SettingKey] = [
        SettingKey(
            "proxy.address", "proxy for the identity provider and for sinks, such as http://proxy.example.com:3128, or none; default: HTTPS_PROXY",
            isSecret: true
        ) {
            $1.outbound.proxy = try text($0)
        },
        SettingKey("proxy.except", "hosts that are reached without it, separated by commas; default: NO_PROXY") {
            $1.outbound.exceptions = try text($0)
        },
    ]
}

extension OutboundSettings: Confidential {}
