import CAMARA
import Foundation
import NetworkAsCode
import QoDTestSupport
import Testing

extension Integration {
    /// API keys and tokens, in real processes.
    @Suite struct KeyTests {
        private static let unknown = "018f0000-0000-7000-8000-000000000000"

        private func nac(_ arguments: [String], in folder: String) async throws -> String {
            let process = try ChildProcess(try #require(Binaries.nac), ["key"] + arguments, in: folder)
            let code = try await process.exitCode(within: .seconds(30))
            #expect(code == 0, "\(process.errors)")
            return process.output
        }

        private func find(_ pattern: Regex<Substring>, in text: String) throws -> String {
            String(try #require(text.firstMatch(of: pattern), "\(text)").0)
        }

        @Test("a key works as soon as it is made, and stops soon after it is revoked, without a restart", .timeLimit(.minutes(15)))
        func course() async throws {
            try await TemporaryFolder.with { folder async throws in
                let server = try await ServerProcess.start(in: folder)
                let made = try await nac(["create", "--client", "shop"], in: folder)
                let client = RawClient(address: server.address, token: try find(/nac_[A-Za-z0-9_-]{43}/, in: made))
                #expect(try await client.get(Self.unknown).status == 404)
                _ = try await nac(["revoke", try find(/[0-9a-f]{8}-[0-9a-f-]{27}/, in: made)], in: folder)
                try await wait(upTo: .seconds(5), for: "the end of the key") { try await client.get(Self.unknown).status == 401 }
                try await server.stop()
                #expect(!server.process.errors.contains("nac_"))
            }
        }

        @Test("once there is a key others may reach the platform, and the sandbox's keys and tokens are gone", .timeLimit(.minutes(15)))
        func openHost() async throws {
            try await TemporaryFolder.with { folder async throws in
                let key = try find(/nac_[A-Za-z0-9_-]{43}/, in: try await nac(["create", "--client", "shop"], in: folder))
                let process = try ServerProcess.launch(in: folder, ["--host", "0.0.0.0"])
                try await wait(upTo: .seconds(30), for: "the greeting") { process.output.contains("Quality on Demand at http://0.0.0.0:") || !process.isRunning }
                let port = try #require(process.output.firstMatch(of: /:([0-9]+)\n/), "\(process.errors)").1
                let address = "http://127.0.0.1:\(port)"
                #expect(try await RawClient(address: address, token: key).get(Self.unknown).status == 404)
                #expect(try await RawClient(address: address).get(Self.unknown).status == 401)
                #expect(try await RawClient(address: address).send("GET", "/oauth2/jwks").status == 404)
                process.send(15)
                #expect(try await process.exitCode(within: .seconds(10)) == 0)
            }
        }

        @Test("the SDK gets a token from the sandbox by client credentials, and works with it", .timeLimit(.minutes(15)))
        func token() async throws {
            try await ServerProcess.with { server async throws in
                let endpoint = URL(string: "\(server.address)/oauth2/token")!
                func client(_ secret: String) -> NetworkAsCodeClient {
                    NetworkAsCodeClient(
                        credential: .clientCredentials(tokenEndpoint: endpoint, clientID: "sandbox", clientSecret: secret),
                        server: .server(URL(string: server.address)!))
                }
                #expect(try await client("sandbox").profiles.list().contains { $0.name == .qosE })
                let device = client("sandbox").devices.get(phoneNumber: "+99999991000")
                let session = try await device.createQoDSession(profile: .qosL, serviceIPv4: "233.252.0.2")
                // The client of the token is the client of the key with the same name.
                #expect(try await server.client().sessions.get(session.id) == session)
                let refused = await #expect(throws: NetworkAsCodeError.self) { try await client("guess").profiles.list() }
                #expect(refused?.message.contains("the token endpoint refuses the client") == true)
                let discovery = try await RawClient(address: server.address).send("GET", "/.well-known/openid-configuration")
                #expect(String(decoding: discovery.body, as: UTF8.self).contains("\"issuer\":\"\(server.address)\""))
            }
        }
    }
}
