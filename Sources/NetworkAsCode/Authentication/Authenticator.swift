import QualityOnDemand

/// The header fields that authorise one attempt.
struct Authorisation: Sendable {
    let fields: [(name: String, value: Secret)]
    /// The generation of a token source's token; `nil` if the credential offers no other token.
    var generation: Int?

    var isRenewable: Bool { generation != nil }
}

/// Authorises requests by a credential.
enum Authenticator: Sendable {
    case fixed(Authorisation)
    case tokens(TokenSource)

    init(_ credential: Credential, server: NetworkAsCodeClient.Server, exchange: Exchange) {
        switch credential.method {
        case .rapidAPIKey(let key, let host):
            var fields = [(name: "X-RapidAPI-Key", value: key)]
            if let host = host ?? server.rapidAPIHost { fields.append(("X-RapidAPI-Host", Secret(host))) }
            self = .fixed(Authorisation(fields: fields))
        case .bearer(let token):
            self = .fixed(.bearer(token))
        case .clientCredentials(let credentials):
            let request = TokenRequest(credentials: credentials, exchange: exchange)
            self = .tokens(TokenSource(time: exchange.time) { () async throws(NetworkAsCodeError) in try await request.send() })
        }
    }

    /// The header fields for the next attempt.
    ///
    /// - Parameter rejected: The authorisation that the server did not accept. The token is renewed unless another
    ///   call has already renewed it.
    func authorisation(insteadOf rejected: Authorisation?) async throws(NetworkAsCodeError) -> Authorisation {
        switch self {
        case .fixed(let authorisation):
            try Self.check(authorisation)
            return authorisation
        case .tokens(let source):
            let token = try await source.token(insteadOf: rejected?.generation)
            var authorisation = Authorisation.bearer(token.secret)
            try Self.check(authorisation)
            authorisation.generation = token.generation
            return authorisation
        }
    }

    /// A line break in a token would begin another header field. The error shows no part of the token.
    private static func check(_ authorisation: Authorisation) throws(NetworkAsCodeError) {
        for field in authorisation.fields {
            let text = field.value.revealed.utf8
            guard !text.isEmpty, text.allSatisfy({ (0x20...0x7e).contains($0) }) else {
                let problem = text.isEmpty ? "is empty" : "has characters that a header must not have; visible ASCII is allowed"
                throw NetworkAsCodeError(InvalidValue(problem).at("token"))
            }
        }
    }
}

extension Authorisation {
    static func bearer(_ token: Secret) -> Authorisation {
        // With the scheme before it, an empty token would pass the check. So the value stays empty.
        let value = token.revealed.isEmpty ? "" : "Bearer " + token.revealed
        return Authorisation(fields: [("Authorization", Secret(value))])
    }

    /// The texts that a server might repeat: each value, and the token within the value.
    var secrets: [Secret] {
        fields.filter { $0.name != "X-RapidAPI-Host" }.flatMap { field in
            field.value.revealed.split(separator: " ").map { Secret(String($0)) }.filter { $0.revealed != "Bearer" }
        }
    }
}
