import CAMARA
import QualityOnDemand
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Asks a token endpoint for a token (RFC 6749, section 4.4).
struct TokenRequest: Sendable {
    let credentials: ClientCredentials
    let exchange: Exchange

    /// The assumed lifetime of a token if the answer gives none.
    static let defaultLifetime = Duration.seconds(300)

    func send() async throws(NetworkAsCodeError) -> FetchedToken {
        do { try Endpoint.check(credentials.tokenEndpoint, allowsQuery: true) } catch {
            throw NetworkAsCodeError(error.at("tokenEndpoint"))
        }
        let answer = try await exchange.send(call, authenticator: nil)
        guard answer.isSuccess else { throw refusal(answer) }
        do {
            return try Self.token(in: answer.response.body)
        } catch {
            throw NetworkAsCodeError(unreadable: error.at("token endpoint"), in: answer.response, xCorrelator: answer.xCorrelator)
        }
    }

    /// The header contains client id and secret as section 2.3.1 requires: encoded as in a form, then as Basic.
    private var call: Call {
        var form = "grant_type=client_credentials"
        if !credentials.scopes.isEmpty {
            form += "&scope=" + PercentEncoding.encode(credentials.scopes.joined(separator: " "))
        }
        let pair = PercentEncoding.encode(credentials.clientID) + ":" + PercentEncoding.encode(credentials.clientSecret.revealed)
        return Call(
            method: "POST", url: credentials.tokenEndpoint,
            headers: ["Authorization": "Basic " + Data(pair.utf8).base64EncodedString()],
            body: Array(form.utf8), contentType: "application/x-www-form-urlencoded")
    }

    /// A token endpoint answers bad client credentials with 400 `invalid_client` or with 401. For the application
    /// both mean unauthorised.
    private func refusal(_ answer: Answer) -> NetworkAsCodeError {
        let error = NetworkAsCodeError(answer, secrets: [credentials.clientSecret])
        guard error.kind == .invalidArgument || error.kind == .unauthorised else { return error }
        return NetworkAsCodeError(
            .unauthorised, httpStatus: error.httpStatus, message: "the token endpoint refuses the client: \(error.message)",
            xCorrelator: error.xCorrelator)
    }

    private static func token(in body: [UInt8]) throws(InvalidValue) -> FetchedToken {
        guard case .object(let members) = try JSONValue(parsing: body) else { throw InvalidValue("is not an object") }
        guard let token = members.text("access_token"), !token.isEmpty else {
            throw InvalidValue("is required").at("access_token")
        }
        if let type = members.text("token_type"), type.lowercased() != "bearer" {
            throw InvalidValue("\"\(Excerpt.of(type))\" is not a supported type of token; only Bearer is").at("token_type")
        }
        var lifetime = defaultLifetime
        switch members.first(where: { $0.name == "expires_in" })?.value {
        case .integer(let seconds): lifetime = .seconds(min(max(seconds, 0), 366 * 86_400))
        case .string(let text):
            if let seconds = Int(text) { lifetime = .seconds(min(max(seconds, 0), 366 * 86_400)) }
        default: break
        }
        return FetchedToken(secret: Secret(token), lifetime: lifetime)
    }
}
