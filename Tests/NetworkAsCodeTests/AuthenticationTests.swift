import Foundation
import NetworkAsCode
import Testing

/// The header fields that authenticate the client.
@Suite struct AuthenticationTests {
    private func headers(_ credential: Credential, _ server: NetworkAsCodeClient.Server = World.address) async throws -> HeaderFields {
        let world = World(credential: credential, server: server)
        _ = try await world.client.profiles.list()
        return world.requests[0].headers
    }

    @Test("Nokia's gateway gets a RapidAPI key and its own host")
    func nokia() async throws {
        let headers = try await headers(.rapidAPIKey("key"), .nokia)
        #expect(headers["X-RapidAPI-Key"] == "key")
        #expect(headers["X-RapidAPI-Host"] == "network-as-code.nokia.rapidapi.com")
        #expect(headers["Authorization"] == nil)
        let world = World(credential: .rapidAPIKey("key"), server: .nokia)
        _ = try await world.client.profiles.list()
        #expect(world.requests[0].url.absoluteString == "https://network-as-code.p-eu.rapidapi.com/qos-profiles/v1/retrieve-qos-profiles")
    }

    @Test("Any other server gets a RapidAPI key without a host, unless one is named")
    func rapidAPI() async throws {
        let plain = try await headers(.rapidAPIKey("key"))
        #expect(plain["X-RapidAPI-Key"] == "key" && plain["X-RapidAPI-Host"] == nil)
        #expect(try await headers(.rapidAPIKey("key", host: "h.example"))["X-RapidAPI-Host"] == "h.example")
    }

    @Test("A bearer token goes into Authorization")
    func bearer() async throws {
        let headers = try await headers(.bearer("abc.def"))
        #expect(headers["Authorization"] == "Bearer abc.def")
        #expect(headers["X-RapidAPI-Key"] == nil)
    }

    @Test("A client made with a token alone chooses the header by its server")
    func tokenAlone() async throws {
        let server = TestServer()
        _ = try await NetworkAsCodeClient(token: "t", transport: server).profiles.list()
        _ = try await NetworkAsCodeClient(token: "t", server: .sandbox, transport: server).profiles.list()
        let address = try #require(URL(string: "https://api.example.com"))
        _ = try await NetworkAsCodeClient(token: "t", server: .server(address), transport: server).profiles.list()
        let requests = server.state.current.requests
        #expect(requests.map { $0.headers["X-RapidAPI-Key"] } == ["t", nil, nil])
        #expect(requests.map { $0.headers["Authorization"] } == [nil, "Bearer t", "Bearer t"])
        #expect(requests.map { $0.url.host() } == ["network-as-code.p-eu.rapidapi.com", "127.0.0.1", "api.example.com"])
    }

    @Test("A token that would break out of its header is refused and not repeated", arguments: ["", "abc\r\nX-Evil: 1", "töken-1234", "tab\tbed"])
    func badToken(token: String) async throws {
        for credential in [Credential.bearer(token), .rapidAPIKey(token)] {
            let world = World(credential: credential)
            let error = await failure { try await world.client.profiles.list() }
            #expect(error?.kind == .invalidArgument)
            #expect(error?.message.hasPrefix("token: ") == true)
            #expect(token.isEmpty || error.map { !"\($0)".contains(token) } == true)
            #expect(world.requests.isEmpty)
        }
    }

    @Test("A fixed token that is rejected is not tried again")
    func rejected() async throws {
        let world = World()
        world.faults(.answers(.error(401, "UNAUTHENTICATED", "no")))
        #expect(await failure { try await world.client.profiles.list() }?.kind == .unauthorised)
        #expect(world.requests.count == 1)
    }

    @Test("Plain HTTP to another machine is warned of, to this one it is not", arguments: [("http://10.0.0.1:80", true), ("https://10.0.0.1", false), ("http://127.0.0.1:9091", false), ("http://localhost:9091", false), ("http://[::1]:9091", false)])
    func exposed(address: String, isWarned: Bool) throws {
        let world = World(server: .server(try #require(URL(string: address))))
        #expect(world.log.current.contains { $0.hasPrefix("warning") } == isWarned)
    }
}
