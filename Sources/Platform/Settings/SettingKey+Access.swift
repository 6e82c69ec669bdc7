import Access
import Foundation
import QoDServer
import QualityOnDemand
import SessionEngine

/// The configuration keys of clients' access: tokens, identifiers of devices, limits and TLS.
extension SettingKey {
    static let accessKeys: [SettingKey] = tokenKeys + limitKeys + tlsKeys

    private static let tokenKeys: [SettingKey] = [
        SettingKey("auth.issuer", "OpenID provider that issues access tokens, an https URL") { $1.access.issuer = try text($0) },
        SettingKey("auth.jwks", "address of its keys, if not the address in its discovery document; an https URL") { $1.access.keySetURL = try text($0) },
        SettingKey("auth.caFile", "certificates of authorities trusted beside the system's where its keys are fetched, PEM") {
            $1.access.providerCAFile = try text($0)
        },
        SettingKey("auth.audience", "allowed values of aud in access tokens; * for any value") { $1.access.audiences = try names($0) },
        SettingKey("auth.clients", "clients whose access tokens are accepted without aud") { $1.access.clientsWithoutAudience = try names($0) },
        SettingKey("auth.maxTokenLifetime", "longest remaining lifetime of an access token, in seconds") {
            $1.access.requirements.longestLifetime = try integer($0, in: 60...315_360_000)
        },
        SettingKey("auth.clockSkew", "seconds by which clocks may differ") { $1.access.requirements.clockSkew = try integer($0, in: 0...600) },
        SettingKey("auth.claims.client", "claims that may name the client, first one first") { $1.access.requirements.clientClaims = try names($0) },
        SettingKey("auth.claims.scopes", "claims that may list scopes, first one first") { $1.access.requirements.scopeClaims = try names($0) },
        SettingKey("auth.claims.scopePrefixes", "prefixes of the provider's names of scopes, such as qod/, which are removed") {
            $1.access.requirements.scopePrefixes = try names($0)
        },
        SettingKey("auth.claims.sites", "claims that may list the sites that the client is bound to, first one first; none by default") {
            $1.access.requirements.siteClaims = try names($0)
        },
        SettingKey("auth.claims.device", "claims that may name the device, as claim=kind, or none") {
            $1.access.requirements.deviceClaims = try deviceClaims($0)
        },
        SettingKey("devices.identifiers", "kinds of identifier by which requests may name a device") {
            $1.server.identifiers = Set(try names($0).map(identifierKind))
        },
    ]

    private static let limitKeys: [SettingKey] = [
        SettingKey("limits.requestsPerSecond", "requests of one client per second, in the long run") {
            $1.access.requestsPerSecond = try number($0, in: 0.001...1_000_000)
        },
        SettingKey("limits.burst", "requests of one client at once") { $1.access.burst = try integer($0, in: 1...1_000_000) },
        SettingKey("limits.sessionsPerClient", "live sessions of one client") {
            $1.engine.liveLimits.perClient = try integer($0, in: 1...1_000_000_000)
        },
        SettingKey("limits.sessionsPerDevice", "live sessions of one device, of all clients together; 0 for any number") {
            let limit = try integer($0, in: 0...1_000_000_000)
            $1.engine.liveLimits.perDevice = limit == 0 ? nil : limit
        },
    ]

    private static let tlsKeys: [SettingKey] = [
        SettingKey("tls.certificate", "file of the server's certificate chain, PEM") { $1.access.certificate = try text($0) },
        SettingKey("tls.privateKey", "file of its private key, PEM") { $1.access.privateKey = try text($0) },
        SettingKey("tls.clientCA", "file of authorities whose clients' certificates are accepted, PEM") { $1.access.clientCA = try text($0) },
        SettingKey("tls.clientCertificates", "required or optional") { $1.access.clientCertificates = try choice($0) },
    ]

    // MARK: Reading texts

    private static func names(_ text: String) throws -> [String] {
        let names = text.split(separator: ",").map { $0.trimming(while: \.isWhitespace) }
        guard !names.isEmpty, !names.contains("") else { throw SettingError("\"\(Excerpt.of(text))\" is not a list of names separated by commas") }
        return names
    }

    /// An origin as browsers write it (RFC 6454, 6.2), in lower case.
    static func origin(_ text: String) throws -> String {
        guard let url = URLComponents(string: text), let scheme = url.scheme, let host = url.host, !host.isEmpty, text != "*",
            ["http", "https"].contains(scheme.lowercased()), url.path.isEmpty, url.query == nil, url.fragment == nil, url.user == nil
        else {
            throw SettingError("\"\(Excerpt.of(text))\" is not an origin such as https://app.example.com: scheme, host and port, without a path; * is not allowed")
        }
        // Browsers leave out the scheme's default port.
        let ownPort = scheme.lowercased() == "https" ? ":443" : ":80"
        let origin = text.lowercased()
        return origin.hasSuffix(ownPort) ? String(origin.dropLast(ownPort.count)) : origin
    }

    private static func identifierKind(_ name: String) throws -> Device.IdentifierKind {
        guard let kind = Device.IdentifierKind.allCases.first(where: { "\($0)" == name }) else {
            throw SettingError("\"\(Excerpt.of(name))\" is not one of \(Device.IdentifierKind.allCases.map { "\($0)" }.joined(separator: ", "))")
        }
        return kind
    }

    private static func deviceClaims(_ text: String) throws -> [TokenRequirements.DeviceClaim] {
        guard text != "none" else { return [] }
        return try names(text).map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimming(while: \.isWhitespace) }
            guard parts.count == 2, let kind = TokenRequirements.DeviceClaim.Kind(rawValue: parts[1]) else {
                let kinds = TokenRequirements.DeviceClaim.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw SettingError("\"\(Excerpt.of(pair))\" is not claim=kind, such as phone_number=phoneNumber; kinds are \(kinds)")
            }
            return TokenRequirements.DeviceClaim(parts[0], kind)
        }
    }

    private static func number(_ text: String, in range: ClosedRange<Double>) throws -> Double {
        guard let value = Double(text), range.contains(value) else {
            throw SettingError("\"\(Excerpt.of(text))\" is not a number in \(range.lowerBound)...\(Int(range.upperBound))")
        }
        return value
    }
}
