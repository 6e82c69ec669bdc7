import Foundation
import HTTPTypes
import QualityOnDemand
import Southbound

/// Authenticates clients (RFC 6749, section 2.3; OpenID Connect Core, section 9).
extension AuthorizationServer {
    static let authenticationMethods = ["client_secret_basic", "client_secret_post", "private_key_jwt"]

    /// The client that makes a request.
    ///
    /// - Throws: ``OAuthError`` if the client proves its identity in no way, or in more than one way.
    func client(_ headers: HTTPFields, _ form: Form) async throws(OAuthError) -> OAuthClient {
        let (basic, secret, assertion) = (headers[.authorization], form["client_secret"], form["client_assertion"])
        guard [basic, secret, assertion].count(where: { $0 != nil }) < 2 else {
            throw .invalidRequest("the client authenticates in more than one way; use one of \(Self.authenticationMethods.joined(separator: ", "))")
        }
        let client: OAuthClient
        if let basic {
            client = try self.client(basic: basic)
        } else if let secret {
            client = try self.client(try form.required("client_id"), secret: secret)
        } else if let assertion {
            client = try await self.client(assertion: assertion, type: try form.required("client_assertion_type"))
        } else {
            throw OAuthError(.invalidClient, "the client does not authenticate; use one of \(Self.authenticationMethods.joined(separator: ", "))")
        }
        guard form["client_id"] ?? client.id.description == client.id.description else {
            throw .invalidRequest("client_id is not the authenticated client's")
        }
        return client
    }

    private func client(_ id: String, secret: String) throws(OAuthError) -> OAuthClient {
        guard let client = clients[id], client.has(secret: secret) else { throw .unknownClient }
        return client
    }

    /// The client encodes id and secret as in a form, and then joins them in the form of Basic.
    private func client(basic header: String) throws(OAuthError) -> OAuthClient {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic",
            let pair = Data(base64Encoded: String(parts[1])), let colon = pair.firstIndex(of: UInt8(ascii: ":")),
            let id = try? Form.decode(pair[..<colon]), let secret = try? Form.decode(pair[pair.index(after: colon)...])
        else {
            throw OAuthError(.invalidClient, "the header Authorization is not Basic with client id and secret, each encoded as in a form")
        }
        return try client(id, secret: secret)
    }

    private func client(assertion text: String, type: String) async throws(OAuthError) -> OAuthClient {
        guard type == ClientAssertion.type else { throw .invalidRequest("client_assertion_type is not \(ClientAssertion.type)") }
        let assertion = try ClientAssertion(text)
        guard let client = assertion.client.flatMap({ clients[$0] }) else {
            throw ClientAssertion.refusal("is not of a client with a key")
        }
        try await assertion.verify(
            by: client, audiences: [issuer, tokenEndpoint, authenticationEndpoint], now: clock.now, seen: seen)
        return client
    }
}
