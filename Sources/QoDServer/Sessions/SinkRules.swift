import CAMARA
import HTTPTypes
import QualityOnDemand

/// The conditions that a sink and its credential must meet before any delivery.
struct SinkRules {
    private let allowsHTTP: Bool
    /// Whether a sink may be an internal address. The platform checks the addresses of a name only at delivery.
    private let allowsPrivate: Bool
    /// The settings for PRIVATE_KEY_JWT; `nil` if nothing is configured.
    private let privateKeyJWT: ServerConfiguration.PrivateKeyJWTSupport?
    private let now: Timestamp

    init(_ configuration: ServerConfiguration, now: Timestamp) {
        allowsHTTP = configuration.allowsHTTPSinks
        allowsPrivate = configuration.allowsPrivateSinks
        privateKeyJWT = configuration.privateKeyJWT
        self.now = now
    }

    /// The target of the session's events; `nil` if the request names no sink.
    func target(_ body: CreateSession) throws -> NotificationTarget? {
        try target(sink: body.sink, credential: body.sinkCredential)
    }

    /// The target of events; `nil` if there is no sink.
    func target(sink: String?, credential input: SinkCredentialInput?) throws -> NotificationTarget? {
        guard let sink else {
            guard input == nil else {
                throw InvalidValue("has no effect without a sink; give both or neither", kind: .credential).at("sinkCredential")
            }
            return nil
        }
        try check(sink)
        return NotificationTarget(sink: sink, credential: try input.map(credential))
    }

    private func check(_ sink: String) throws {
        let policy = SinkPolicy(allowsHTTP: allowsHTTP, allowsPrivate: allowsPrivate)
        let allowed = allowsHTTP ? "an https or http URL" : "an https URL"
        let url: SinkURL
        do throws(SinkURL.Problem) { url = try SinkURL(sink) } catch {
            throw switch error {
            case .invalid: InvalidValue("\"\(Excerpt.of(sink))\" is not \(allowed) with a host", kind: .sink).at("sink")
            case .hasUser: InvalidValue("has a user or password; put secrets into sinkCredential", kind: .sink).at("sink")
            }
        }
        guard policy.allows(url) else {
            throw InvalidValue("\"\(Excerpt.of(sink))\" is not \(allowed) with a host", kind: .sink).at("sink")
        }
        if let address = url.literal, !policy.allows(address) {
            throw InvalidValue("\"\(Excerpt.of(url.hostText))\" is not an allowed address for events; a public address is needed", kind: .sink).at("sink")
        }
    }

    private func credential(_ input: SinkCredentialInput) throws -> SinkCredential {
        switch input {
        case .accessToken(let token, let expiresAt):
            guard now < expiresAt else {
                throw InvalidValue("\(expiresAt) is in the past; the access token must still be valid", kind: .credential)
                    .at("accessTokenExpiresUtc").at("sinkCredential")
            }
            return .accessToken(token, expiresAt: expiresAt)
        case .privateKeyJWT(let clientID, let tokenURI):
            guard let privateKeyJWT else {
                throw APIError(
                    .unprocessableContent, .privateKeyJWTNotConfigured, "No JWK Set is configured for PRIVATE_KEY_JWT with this sink; ACCESSTOKEN is possible.")
            }
            guard let tokenURI, let clientID = clientID ?? privateKeyJWT.clientID, !clientID.contains("\n") else {
                let missing = tokenURI == nil ? "tokenUri" : "clientId"
                throw InvalidValue("is needed to get an access token with PRIVATE_KEY_JWT", kind: .credential).at(missing).at("sinkCredential")
            }
            do { try check(tokenURI) } catch let error as InvalidValue {
                throw InvalidValue(error.reason, kind: .credential).at("tokenUri").at("sinkCredential")
            }
            return .privateKeyJWT(clientID: clientID, tokenURI: tokenURI)
        }
    }
}
