import AsyncHTTPClient
import CAMARA
import Foundation
import NIOCore
import NIOHTTP1
public import QualityOnDemand

/// The keys of an OpenID provider, over HTTP.
///
/// Only `https` is spoken, but to this machine itself. Redirects are not followed, answers are read up to a bound, and
/// after ten seconds it is given up.
public struct OpenIDKeySource: TokenKeySource {
    private enum Place: Sendable {
        case issuer(String)
        case keySet(String)
    }

    private let place: Place
    private static let timeout: Duration = .seconds(10)

    /// The keys that the issuer's discovery document names (OpenID Connect Discovery, 4).
    ///
    /// - Throws: ``QualityOnDemand/InvalidValue`` where it is not an address that may be asked.
    public init(issuer: String) throws(InvalidValue) {
        try Self.check(issuer)
        place = .issuer(issuer)
    }

    /// The keys at an address.
    ///
    /// - Throws: ``QualityOnDemand/InvalidValue`` where it is not an address that may be asked.
    public init(keySetURL: String) throws(InvalidValue) {
        try Self.check(keySetURL)
        place = .keySet(keySetURL)
    }

    public func keySet() async throws -> [UInt8] {
        switch place {
        case .keySet(let address): try await Self.get(address)
        case .issuer(let issuer): try await Self.get(try await Self.keySetAddress(of: issuer))
        }
    }

    private static func keySetAddress(of issuer: String) async throws -> String {
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        let answer = try await get(base + "/.well-known/openid-configuration")
        guard let document = try? JSONValue(parsing: answer), case .object = document else {
            throw KeySourceError("the discovery document of \(Excerpt.of(issuer)) is not JSON, or not an object")
        }
        // Providers differ in a slash at the end, which tokens have in `iss` too.
        guard document.text("issuer") == issuer else {
            let found = document.text("issuer").map { "names another issuer: found \"\(Excerpt.of($0))\"" } ?? "names no issuer: found none"
            throw KeySourceError("the discovery document \(found), expected \"\(Excerpt.of(issuer))\" as auth.issuer has it")
        }
        guard let address = document.text("jwks_uri") else { throw KeySourceError("the discovery document of \(Excerpt.of(issuer)) names no jwks_uri") }
        do { try check(address) } catch { throw KeySourceError("jwks_uri: \(error)") }
        return address
    }

    /// Over plain HTTP anybody on the way could put keys of his own in place of the provider's.
    private static func check(_ address: String) throws(InvalidValue) {
        guard let url = URLComponents(string: address), let host = url.host, !host.isEmpty, url.fragment == nil, url.user == nil, url.password == nil,
            let scheme = url.scheme?.lowercased(), scheme == "https" || scheme == "http" && Loopback.contains(host)
        else {
            throw InvalidValue("\"\(Excerpt.of(address))\" is not an https URL with a host; http is possible on 127.0.0.1 and localhost only")
        }
    }

    // MARK: HTTP

    /// One for the process; it lives as long, so nobody has to shut it down.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .seconds(5)
        return HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
    }()

    private static func get(_ address: String) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask { try await exchange(address) }
            // The client's own deadline ends with the head of the answer; a body may trickle for ever.
            group.addTask {
                try await EventLoopClock(group: HTTPClient.defaultEventLoopGroup).sleep(for: timeout)
                throw KeySourceError("\(name(of: address)): no answer within \(timeout)")
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            return answer
        }
    }

    /// An address as errors name it: without a query, which may hold a key.
    private static func name(of address: String) -> String {
        Excerpt.of(String(address.prefix { $0 != "?" }))
    }

    private static func exchange(_ address: String) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: address)
        request.headers.add(name: "accept", value: "application/json")
        let response = try await client.execute(request, timeout: TimeAmount(timeout))
        guard response.status == .ok else { throw KeySourceError("\(name(of: address)): answered \(response.status.code)") }
        do {
            return Array(try await response.body.collect(upTo: KeySet.largest).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw KeySourceError("\(name(of: address)): the answer is larger than \(KeySet.largest) bytes")
        }
    }
}
