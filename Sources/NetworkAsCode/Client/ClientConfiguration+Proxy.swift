import QualityOnDemand
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ClientConfiguration {
    /// An HTTP proxy. Requests to `https` servers go through a tunnel (`CONNECT`), so that the proxy cannot read them.
    ///
    /// Requests to this machine, and to `https` servers that are named by an IP address, never go through a
    /// proxy. The certificate of such a server is checked against the address of the connection, and that
    /// would be the proxy's address.
    public struct Proxy: Hashable, Sendable {
        /// The proxy's address and credentials.
        package struct Endpoint: Hashable, Sendable {
            package var host: String
            package var port: Int
            /// User and password, separated by a colon.
            var credentials: Secret?

            /// User and password as the scheme Basic writes them (RFC 7617). They are a secret.
            package var basicCredentials: String? {
                credentials.map { Data($0.revealed.utf8).base64EncodedString() }
            }
        }

        private var secure: Endpoint?
        private var plain: Endpoint?
        private var exceptions: [Exception] = []

        /// One proxy for all requests.
        ///
        /// - Parameters:
        ///   - host: The proxy's name or address.
        ///   - port: The proxy's port.
        ///   - user: A user name, if the proxy requires one (Basic).
        ///   - password: The user's password.
        public static func server(host: String, port: Int, user: String? = nil, password: String? = nil) -> Proxy {
            let endpoint = Endpoint(host: host, port: port, credentials: user.map { Secret("\($0):\(password ?? "")") })
            return Proxy(secure: endpoint, plain: endpoint)
        }

        /// The proxies that environment variables name, in capitals or not, in the same way as for curl and other
        /// programs. `HTTPS_PROXY` is for `https`, `http_proxy` for `http` (in small letters only), and `ALL_PROXY`
        /// for both. `NO_PROXY` lists the hosts that are reached without a proxy, separated by commas: names with all
        /// names under them, addresses, subnets such as `10.0.0.0/8`, or `*`.
        ///
        /// - Returns: `nil` if the variables name no proxy.
        /// - Throws: ``NetworkAsCodeError`` with ``NetworkAsCodeError/Kind-swift.struct/invalidArgument`` if a
        ///   variable does not contain an address such as `http://proxy.example.com:3128`.
        public static func environment(_ environment: [String: String]) throws(NetworkAsCodeError) -> Proxy? {
            func endpoint(_ names: [String]) throws(NetworkAsCodeError) -> Endpoint? {
                for name in names {
                    guard let text = environment[name], !text.isEmpty else { continue }
                    guard let endpoint = Endpoint(text) else {
                        throw NetworkAsCodeError(
                            InvalidValue("is not the address of a proxy, such as http://proxy.example.com:3128").at(name))
                    }
                    return endpoint
                }
                return nil
            }
            let secure = try endpoint(["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
            let plain = try endpoint(["http_proxy", "ALL_PROXY", "all_proxy"])
            guard secure != nil || plain != nil else { return nil }
            let list = environment["NO_PROXY"] ?? environment["no_proxy"] ?? ""
            let exceptions = list.split { $0 == "," || $0 == " " }.map { Exception(String($0)) }
            return Proxy(secure: secure, plain: plain, exceptions: exceptions)
        }

        /// The proxy for requests to `url`; `nil` if requests go straight to the server.
        func endpoint(for url: URL) -> Endpoint? {
            guard let host = url.host() else { return nil }
            let isSecure = url.scheme?.lowercased() == "https"
            return endpoint(isSecure: isSecure, host: host, port: url.port ?? (isSecure ? 443 : 80))
        }

        /// The proxy for requests to `host`; `nil` if requests go straight to the host.
        package func endpoint(isSecure: Bool, host: String, port: Int) -> Endpoint? {
            guard let endpoint = isSecure ? secure : plain else { return nil }
            let name = host.lowercased()
            let bare = name.hasPrefix("[") ? String(name.dropFirst().dropLast()) : name
            guard !Endpoint.isOwn(bare), !(isSecure && Endpoint.isAddress(bare)) else { return nil }
            return exceptions.contains { $0.matches(bare, port: port) } ? nil : endpoint
        }
    }
}

extension ClientConfiguration.Proxy.Endpoint {
    /// Whether `host` is this machine. A proxy would take such a name for its own machine.
    fileprivate static func isOwn(_ host: String) -> Bool {
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        return name == "localhost" || name.hasSuffix(".localhost") || host == "::1"
            || (try? IPv4Address(host)).map { $0.rawValue >> 24 == 127 } ?? false
    }

    fileprivate static func isAddress(_ host: String) -> Bool {
        (try? IPv4Address(host)) != nil || (try? IPv6Address(host)) != nil
    }

    /// Reads an address such as `http://user:password@proxy.example.com:3128`. Without a scheme,
    /// the address means `http`.
    fileprivate init?(_ text: String) {
        let address = text.contains("://") ? text : "http://\(text)"
        guard let url = URL(string: address), url.scheme?.lowercased() == "http", let host = url.host(), !host.isEmpty else { return nil }
        let credentials = url.user(percentEncoded: false).map { Secret("\($0):\(url.password(percentEncoded: false) ?? "")") }
        self.init(host: host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host, port: url.port ?? 80, credentials: credentials)
    }
}

/// Hosts that are reached without a proxy.
private struct Exception: Hashable, Sendable {
    private var name: String
    private var port: Int?
    private var subnet: IPSubnet?

    init(_ text: String) {
        var text = text.lowercased()
        subnet = (try? IPSubnet(ipv4: text)) ?? (try? IPSubnet(ipv6: text))
        if subnet == nil, let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), text.filter({ $0 == ":" }).count == 1 {
            self.port = port
            text = String(text[..<colon])
        }
        while text.hasPrefix(".") || text.hasPrefix("*.") { text.removeFirst() }
        name = text
    }

    func matches(_ host: String, port: Int) -> Bool {
        guard self.port == nil || self.port == port else { return false }
        if name == "*" { return true }
        if let subnet, let address = (try? IPSubnet(ipv4: host)) ?? (try? IPSubnet(ipv6: host)) { return subnet.overlaps(address) }
        return !name.isEmpty && (host == name || host.hasSuffix(".\(name)"))
    }
}
