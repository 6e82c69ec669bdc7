import Access
import CAMARA
import HTTPTypes
import Hummingbird
import QoDServer

/// `/.well-known/openid-configuration` and `/oauth2`: the sandbox's authorization server over HTTP.
struct AuthorizationRoutes: Sendable {
    let server: AuthorizationServer
    let bodies: OpenBodyReader

    func add(to router: inout APIRouter) {
        router.onOpen(.get, "/.well-known/openid-configuration", as: "openIDConfiguration", because: .tellsNothingOfClients, discovery)
        router.onOpen(.get, "/oauth2/jwks", as: "keySet", because: .tellsNothingOfClients, keys)
        router.onOpen(.post, "/oauth2/token", as: "token", because: .checksItsOwnCredential, token)
        router.onOpen(.post, "/oauth2/bc-authorize", as: "backchannelAuthentication", because: .checksItsOwnCredential, authenticate)
    }

    @Sendable func keys(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        Response(status: .ok, json: server.jwksJSON)
    }

    @Sendable func token(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try await answer(request, context) { client, form in
            let answer = try await server.token(for: client, form)
            return JSONWriter.document { json in
                json.object { json in
                    json.write("access_token", answer.accessToken)
                    json.write("token_type", "Bearer")
                    json.write("expires_in", answer.lifetime)
                    json.write("scope", answer.scope)
                    json.write("id_token", answer.idToken)
                }
            }
        }
    }

    @Sendable func authenticate(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try await answer(request, context) { client, form in
            let answer = try server.authenticate(client, form)
            return JSONWriter.document { json in
                json.object { json in
                    json.write("auth_req_id", answer.id)
                    json.write("expires_in", answer.lifetime)
                    json.write("interval", answer.interval)
                }
            }
        }
    }

    /// Reads the form, authenticates its client, and answers; errors have OAuth's shape. Caches must not keep the
    /// answer.
    private func answer(
        _ request: Request, _ context: APIRequestContext, _ body: (OAuthClient, Form) async throws -> [UInt8]
    ) async throws -> Response {
        var response: Response
        do {
            let form = try await form(request, context)
            let client = try await server.client(request.headers, form)
            response = Response(status: .ok, json: try await body(client, form))
        } catch let error as OAuthError {
            response = error.response
        }
        response.headers[.cacheControl] = "no-store"
        response.headers[.pragma] = "no-cache"
        return response
    }

    private func form(_ request: Request, _ context: APIRequestContext) async throws -> Form {
        let type = (request.headers[.contentType] ?? "").prefix { $0 != ";" && $0 != " " }.lowercased()
        guard type == "application/x-www-form-urlencoded" else {
            throw OAuthError.invalidRequest("the content type is not application/x-www-form-urlencoded")
        }
        guard let bytes = try await bodies.read(request, context, upTo: Form.largest) else {
            throw OAuthError(.invalidRequest, "the form has more than \(Form.largest) bytes", status: .contentTooLarge)
        }
        return try Form(bytes)
    }

    /// The document of OpenID Connect Discovery, section 3, with the additions of CIBA (section 4).
    @Sendable func discovery(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let server = server
        return Response(status: .ok, json: JSONWriter.document { json in
            json.object { json in
                json.write("issuer", server.issuer)
                json.write("jwks_uri", "\(server.issuer)/oauth2/jwks")
                json.write("token_endpoint", server.tokenEndpoint)
                json.write("backchannel_authentication_endpoint", server.authenticationEndpoint)
                json.write("grant_types_supported", AuthorizationServer.grants) { $0.strings($1) }
                json.write("backchannel_token_delivery_modes_supported", ["poll"]) { $0.strings($1) }
                json.write("token_endpoint_auth_methods_supported", AuthorizationServer.authenticationMethods) { $0.strings($1) }
                json.write("token_endpoint_auth_signing_alg_values_supported", ClientKeys.algorithmNames) { $0.strings($1) }
                json.write("scopes_supported", ["openid"] + Scope.all.map(\.description)) { $0.strings($1) }
                json.write("response_types_supported", [String]()) { $0.strings($1) }
                json.write("subject_types_supported", ["public"]) { $0.strings($1) }
                json.write("id_token_signing_alg_values_supported", ["ES256"]) { $0.strings($1) }
            }
        })
    }
}

extension JSONWriter {
    fileprivate mutating func strings(_ texts: [String]) {
        array(texts) { $0.string($1) }
    }
}

extension HTTPField.Name {
    fileprivate static let pragma = Self("Pragma")!
}
