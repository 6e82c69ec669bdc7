import Foundation
import HTTPTypes
import HummingbirdTesting
import NetworkAsCode
import QoDTestSupport
import QualityOnDemand
import SandboxAuthorization
import Testing

@testable import Access
@testable import QoDServer

@Suite("The authorization server: as the SDK calls it")
struct SDKTests {
    /// Accepts every client, and keeps the last credential.
    private struct Doorman: Authenticator {
        let seen = Box<String>()

        func authenticate(_ headers: HTTPFields) async throws(AccessError) -> Principal {
            seen.value = headers[.authorization]
            return Principal(client: .init("sandbox"))
        }
    }

    @Test("the SDK's client credentials get a token here and send it with the call")
    func clientCredentials() async throws {
        let server = await AuthorizationServer(clients: [try await OAuthClient(id: .init("sandbox"), secret: "sandbox")], phoneNumbers: [])
        let doorman = Doorman()
        try await Platform.with(Setup { $0.authorizationServer = server; $0.authenticator = doorman; $0.framework = .live }) { platform async throws in
            let address = "http://127.0.0.1:\(try #require(platform.caller.client.port))"
            let credential = Credential.clientCredentials(
                tokenEndpoint: URL(string: "\(address)/oauth2/token")!, clientID: "sandbox", clientSecret: "sandbox", scopes: ["qos-profiles:read"])
            let client = NetworkAsCodeClient(credential: credential, server: .server(URL(string: address)!))
            #expect(try await client.profiles.list().isEmpty == false)
            let header = try #require(doorman.seen.value)
            let platform = AuthorizationPlatform(caller: Caller(client: platform.caller.client), server: server, clock: .init())
            let claims = try await platform.claims(String(header.dropFirst("Bearer ".count)))
            #expect(claims["client_id"]?.text == "sandbox" && claims["scope"]?.text == "qos-profiles:read" && claims["iss"]?.text == address)
        }
    }

    @Test("the SDK tells a client that is refused so, without its secret")
    func refused() async throws {
        let server = await AuthorizationServer(clients: [try await OAuthClient(id: .init("sandbox"), secret: "sandbox")], phoneNumbers: [])
        try await Platform.with(Setup { $0.authorizationServer = server; $0.framework = .live }) { platform async throws in
            let address = "http://127.0.0.1:\(try #require(platform.caller.client.port))"
            let credential = Credential.clientCredentials(
                tokenEndpoint: URL(string: "\(address)/oauth2/token")!, clientID: "sandbox", clientSecret: "guess-guess")
            let client = NetworkAsCodeClient(credential: credential, server: .server(URL(string: address)!))
            let error = await #expect(throws: NetworkAsCodeError.self) { try await client.profiles.list() }
            #expect(error?.kind == .unauthorised && error?.message.contains("token endpoint") == true)
            #expect(error?.message.contains("guess-guess") == false)
        }
    }
}
