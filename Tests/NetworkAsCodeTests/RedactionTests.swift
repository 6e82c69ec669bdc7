import Foundation
import NetworkAsCode
import Testing

/// Secrets are sent, but never shown.
@Suite struct RedactionTests {
    private static let secrets = ["s3cr3t-one", "s3cr3t-two", "s3cr3t-sink"]

    private func shown(_ value: Any) -> String {
        var dumped = ""
        dump(value, to: &dumped)
        return dumped + "\(value)" + String(reflecting: value)
    }

    private func hidesSecrets(_ text: String) -> Bool {
        Self.secrets.allSatisfy { !text.contains($0) && !text.contains(Data($0.utf8).base64EncodedString()) }
    }

    private var credentials: [Credential] {
        get throws {
            let endpoint = try #require(URL(string: "https://auth.example.com/token"))
            return [
                .bearer("s3cr3t-one"), .rapidAPIKey("s3cr3t-one"),
                .clientCredentials(tokenEndpoint: endpoint, clientID: "id", clientSecret: "s3cr3t-two"),
            ]
        }
    }

    @Test("Printing and dumping a credential, a client, a device or a session shows no secret")
    func values() async throws {
        for credential in try credentials {
            #expect(hidesSecrets(shown(credential)))
            #expect(hidesSecrets(shown([credential])))
            let client = NetworkAsCodeClient(credential: credential)
            #expect(hidesSecrets(shown(client)))
            #expect(hidesSecrets(shown(client.devices.get(phoneNumber: "+12345"))))
        }
        let token = TransportResponse.json(200, #"{"access_token":"s3cr3t-one","expires_in":60}"#)
        #expect(hidesSecrets(shown(token)))
        let credential = SinkCredential.accessToken("s3cr3t-sink", expiresAt: .distantFuture)
        #expect(hidesSecrets(shown(credential)))
    }

    @Test("A client that holds a fetched token does not show it either")
    func fetched() async throws {
        let endpoint = try #require(URL(string: "https://auth.example.com/token"))
        let credential = Credential.clientCredentials(tokenEndpoint: endpoint, clientID: "id", clientSecret: "s3cr3t-two")
        let transport = FixedTransport(response: .json(200, #"{"access_token":"s3cr3t-one","expires_in":60}"#))
        let client = NetworkAsCodeClient(credential: credential, server: .sandbox, transport: transport)
        _ = await failure { try await client.profiles.list() }
        #expect(hidesSecrets(shown(client)))
    }

    @Test("Requests and header fields show no secret")
    func requests() async throws {
        for credential in try credentials.prefix(2) {
            let world = World(credential: credential)
            _ = try await world.device.createQoDSession(
                profile: .qosE, serviceIPv4: "1.2.3.4", sink: "https://a.example/",
                sinkCredential: .accessToken("s3cr3t-sink", expiresAt: .distantFuture))
            #expect(String(decoding: world.requests[0].body ?? [], as: UTF8.self).contains("s3cr3t-sink"))
            #expect(hidesSecrets(shown(world.requests[0])))
            #expect(hidesSecrets(shown(world.requests[0].headers)))
        }
    }

    @Test("The log has no token, no phone number and no address of a device, at any level")
    func log() async throws {
        for credential in try credentials.prefix(2) {
            let world = World(credential: credential)
            let session = try await world.makeSession()
            world.faults(.fails(.notConnected), .answers(.error(503, "X", "s3cr3t-one")), .answers(.error(429, "X", "", headers: ["Retry-After": "1"])))
            _ = try await session.refresh()
            try await world.device.clearSessions()
            let log = world.log.current.joined(separator: "\n")
            #expect(log.contains("path=/quality-on-demand/v1/sessions"))
            #expect(hidesSecrets(log))
            #expect(!log.contains("99999991000"))
        }
    }

    @Test("A server that repeats the token in its message does not get it into the error")
    func repeated() async throws {
        for credential in try credentials.prefix(2) {
            let world = World(credential: credential)
            world.faults(.answers(.error(401, "UNAUTHENTICATED", "token s3cr3t-one is no good")))
            let error = try #require(await failure { try await world.client.profiles.list() })
            #expect(error.message == "token [redacted] is no good")
            #expect(hidesSecrets(shown(error)))
        }
    }
}

/// Gives the same answer to every request.
struct FixedTransport: HTTPTransport {
    let response: TransportResponse

    func send(_ request: TransportRequest) async throws -> TransportResponse { response }
}
