import CAMARA
import QualityOnDemand

/// Reads the claims of a token with a valid signature (RFC 7519, 4.1; RFC 9068).
extension TokenRequirements {
    func read(_ claims: JSONValue) throws(TokenRejection) -> VerifiedToken {
        try checkIssuer(claims.member("iss"))
        try checkAudience(claims)
        guard let expiry = try Self.time(claims.member("exp")) else { throw .claims }
        return VerifiedToken(
            principal: Principal(client: try client(claims), scopes: try scopes(claims), device: try device(claims), sites: try sites(claims)),
            expiresAt: expiry.adding(seconds: clockSkew),
            validFrom: try Self.time(claims.member("nbf"))?.adding(seconds: -clockSkew))
    }

    private func checkIssuer(_ claim: JSONValue?) throws(TokenRejection) {
        guard let issuer else { return }
        guard claim == .string(issuer) else { throw .issuer }
    }

    private func checkAudience(_ claims: JSONValue) throws(TokenRejection) {
        guard let claim = claims.member("aud") else {
            guard !clientsWithoutAudience.isEmpty else {
                guard audiences.isEmpty else { throw .audience }
                return
            }
            guard clientsWithoutAudience.contains(try client(claims).description) else { throw .audience }
            return
        }
        guard !refusesAudiences else { throw .audience }
        guard !audiences.isEmpty else { return }
        let named = if case .array(let values) = claim { values } else { [claim] }
        guard named.contains(where: { if case .string(let text) = $0 { audiences.contains(text) } else { false } }) else { throw .audience }
    }

    /// A NumericDate: seconds since 1970, whole or not, up to the year 9999.
    private static func time(_ claim: JSONValue?) throws(TokenRejection) -> Timestamp? {
        let seconds: Double
        switch claim {
        case nil: return nil
        case .integer(let value): seconds = Double(value)
        case .number(let value): seconds = value
        default: throw .claims
        }
        guard (0...253_402_300_799).contains(seconds) else { throw .claims }
        return Timestamp(milliseconds: Int64(seconds * 1000))
    }

    private func client(_ claims: JSONValue) throws(TokenRejection) -> ClientID {
        guard let claim = clientClaims.lazy.compactMap({ claims.member($0) }).first, case .string(let name) = claim,
            (1...256).contains(name.utf8.count), name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { throw .claims }
        return ClientID(name)
    }

    private func scopes(_ claims: JSONValue) throws(TokenRejection) -> Set<Scope> {
        Set(try Self.words(scopeClaims.lazy.compactMap { claims.member($0) }.first).map(scope))
    }

    private func sites(_ claims: JSONValue) throws(TokenRejection) -> Set<SiteName>? {
        guard let claim = siteClaims.lazy.compactMap({ claims.member($0) }).first else { return nil }
        var sites: Set<SiteName> = []
        for word in try Self.words(claim) {
            do { sites.insert(try SiteName(word)) } catch { throw .claims }
        }
        return sites
    }

    /// The words of a claim that is a text with spaces or an array of texts.
    private static func words(_ claim: JSONValue?) throws(TokenRejection) -> [Substring] {
        switch claim {
        case nil: return []
        case .string(let text): return text.split(separator: " ")
        case .array(let values):
            var words: [Substring] = []
            for value in values {
                guard case .string(let text) = value else { throw .claims }
                words.append(text[...])
            }
            return words
        default: throw .claims
        }
    }

    /// The scope of that name, without the provider's prefix.
    private func scope(_ name: Substring) -> Scope {
        let prefix = scopePrefixes.filter { name.hasPrefix($0) }.max { $0.count < $1.count } ?? ""
        return Scope(String(name.dropFirst(prefix.count)))
    }

    private func device(_ claims: JSONValue) throws(TokenRejection) -> Device? {
        for claim in deviceClaims {
            guard let value = claims.member(claim.name) else { continue }
            do { return try claim.kind.device(value) } catch { throw .device }
        }
        return nil
    }
}

extension TokenRequirements.DeviceClaim.Kind {
    fileprivate func device(_ value: JSONValue) throws(InvalidValue) -> Device {
        if self == .device { return try Device(JSONNode(value, unknownProperties: .ignored)) }
        guard case .string(let text) = value else { throw InvalidValue("is not a string") }
        switch self {
        case .phoneNumber:
            let number = text.hasPrefix("tel:") ? String(text.dropFirst(4)) : text
            return try Device(phoneNumber: PhoneNumber(number.filter { !" ()-.".contains($0) }))
        case .networkAccessIdentifier:
            guard !text.isEmpty else { throw InvalidValue("is empty") }
            return try Device(networkAccessIdentifier: NetworkAccessIdentifier(text))
        case .ipv6Address, .device:
            return try Device(ipv6Address: DeviceIPv6Address(text))
        }
    }
}
