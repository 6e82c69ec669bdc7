public import Access
import AsyncHTTPClient
import CAMARA
import Foundation
import NIOCore
import NIOHTTP1
import Operations
public import QualityOnDemand

/// The keys of an OpenID provider, over HTTP.
///
/// The source uses `https` only, except for addresses of this machine. It does not follow redirects, reads answers up
/// to a bound, and fails after ten seconds.
public struct OpenIDKeySource: TokenKeySource {
    private enum Place: Sendable {
        case issuer(String)
        case keySet(String)
    }

    private let place: Place
    private let proxies: ProxyRules
    private let authorities: TrustedAuthorities
    private static let timeout: Duration = .seconds(10)

    /// The keys that the issuer's discovery document names (OpenID Connect Discovery, 4).
    ///
    /// - Parameters:
    ///   - proxies: the proxies for connections to the provider. The operator names the provider, so the proxy may
    ///     resolve its name.
    ///   - authorities: the certificate authorities that the provider's certificate may come from.
    /// - Throws: ``QualityOnDemand/InvalidValue`` if the issuer is not a permitted address.
    public init(issuer: String, through proxies: ProxyRules = .none, trusting authorities: TrustedAuthorities = .system) throws(InvalidValue) {
        try Self.check(issuer)
        place = .issuer(issuer)
        (self.proxies, self.authorities) = (proxies, authorities)
    }

    /// The keys at an address.
    ///
    /// - Parameters:
    ///   - proxies: the proxies for connections to the address.
    ///   - authorities: the certificate authorities that the address's certificate may come from.
    /// - Throws: ``QualityOnDemand/InvalidValue`` if the URL is not a permitted address.
    public init(keySetURL: String, through proxies: ProxyRules = .none, trusting authorities: TrustedAuthorities = .system) throws(InvalidValue) {
        try Self.check(keySetURL)
        place = .keySet(keySetURL)
        (self.proxies, self.authorities) = (proxies, authorities)
    }

    public func keySet() async throws -> [UInt8] {
        switch place {
        case .keySet(let address): try await get(address)
        case .issuer(let issuer): try await get(try await keySetAddress(of: issuer))
        }
    }

    private func keySetAddress(of issuer: String) async throws -> String {
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        let answer = try await get(base + "/.well-known/openid-configuration")
        guard let document = try? JSONValue(parsing: answer), case .object = document else {
            throw KeySourceError("the discovery document of \(Excerpt.of(issuer)) is not JSON, or not an object")
        }
        // Providers differ in a slash at the end of the issuer, and tokens have the same spelling in `iss`.
        guard document.text("issuer") == issuer else {
            let found = document.text("issuer").map { "names another issuer: found \"\(Excerpt.of($0))\"" } ?? "names no issuer: found none"
            throw KeySourceError("the discovery document \(found), expected \"\(Excerpt.of(issuer))\" as auth.issuer has it")
        }
        guard let address = document.text("jwks_uri") else { throw KeySourceError("the discovery document of \(Excerpt.of(issuer)) names no jwks_uri") }
        do { try Self.check(address) } catch { throw KeySourceError("jwks_uri: \(error)") }
        return address
    }

    /// Over plain HTTP, anybody on the path could replace the provider's keys.
    private static func check(_ address: String) throws(InvalidValue) {
        guard let url = URLComponents(string: address), let host = url.host, !host.isEmpty, url.fragment == nil, url.user == nil, url.password == nil,
            let scheme = url.scheme?.lowercased(), scheme == "https" || scheme == "http" && Loopback.contains(host)
        else {
            throw InvalidValue("\"\(Excerpt.of(address))\" is not an https URL with a host; http is possible on 127.0.0.1 and localhost only")
        }
    }

    // MARK: HTTP

    /// The HTTP client for an address, because each address may have its own proxy.
    private func client(for address: String) -> HTTPClient {
        let url = URLComponents(string: address)
        let isSecure = url?.scheme?.lowercased() == "https"
        let proxy = proxies.proxy(isSecure: isSecure, host: url?.host ?? "", port: url?.port ?? (isSecure ? 443 : 80))
        return OutboundClients.client(through: proxy, trusting: authorities)
    }

    private func get(_ address: String) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask { try await exchange(address) }
            // The client's own deadline covers only the head of the answer; a body may trickle for ever.
            group.addTask {
                try await EventLoopClock(group: HTTPClient.defaultEventLoopGroup).sleep(for: Self.timeout)
                throw KeySourceError("\(Self.name(of: address)): no answer within \(Self.timeout)")
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            return answer
        }
    }

    /// An address for error messages: without the query, because a query may hold a key.
    private static func name(of address: String) -> String {
        Excerpt.of(String(address.prefix { $0 != "?" }))
    }

    private func exchange(_ address: String) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: address)
        request.headers.add(name: "accept", value: "application/json")
        let response = try await client(for: address).execute(request, timeout: TimeAmount(Self.timeout))
        guard response.status == .ok else { throw KeySourceError("\(Self.name(of: address)): answered \(response.status.code)") }
        do {
            return Array(try await response.body.collect(upTo: KeySourceError.largestKeySet).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw KeySourceError("\(Self.name(of: address)): the answer is larger than \(KeySourceError.largestKeySet) bytes")
        }
    }
}

extension JSONValue {
    /// A member of an object that is a string.
    fileprivate func text(_ name: String) -> String? {
        guard case .object(let members) = self, case .string(let text)? = members.first(where: { $0.name == name })?.value else { return nil }
        return text
    }
}
