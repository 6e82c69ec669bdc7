import Foundation
import NetworkAsCode
import Testing

/// OAuth 2.0 client credentials.
@Suite struct TokenTests {
    /// A token endpoint beside the server; the endpoint counts its tokens.
    struct Authority: Sendable {
        let world: World
        let issued = Locked(0)
        let lifetime = Locked(3600)
        let gate = Locked<Gate?>(nil)
        /// Tokens that the server refuses.
        let revoked = Locked<Set<String>>([])
        let answers = Locked<[TransportResponse]>([])

        init(scopes: [String] = ["quality-on-demand:sessions:create", "a b"]) throws {
            let endpoint = try #require(URL(string: "https://auth.example.com/oauth2/token"))
            world = World(credential: .clientCredentials(
                tokenEndpoint: endpoint, clientID: "my client", clientSecret: "se:cret%&", scopes: scopes))
            let copy = self
            world.server.onRequest.withLock { $0 = { try await copy.answer($0) } }
        }

        func answer(_ request: TransportRequest) async throws -> TransportResponse? {
            guard request.url.host() == "auth.example.com" else {
                let token = request.headers["Authorization"]?.dropFirst(7)
                return revoked.current.contains(String(token ?? "")) ? .error(401, "UNAUTHENTICATED", "revoked") : nil
            }
            if let gate = gate.current { await gate.wait() }
            if let answer = answers.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return answer }
            let number = issued.withLock { count in
                count += 1
                return count
            }
            return .json(200, #"{"access_token":"token-\#(number)","token_type":"Bearer","expires_in":\#(lifetime.current)}"#)
        }

        var tokenRequests: [TransportRequest] { world.requests.filter { $0.url.host() == "auth.example.com" } }
        var used: [String] {
            world.requests.filter { $0.url.host() != "auth.example.com" }.compactMap { $0.headers["Authorization"] }
        }
        func call() async throws { _ = try await world.client.profiles.get(.qosE) }
    }

    @Test("The token request is what RFC 6749 wants: Basic with encoded id and secret, a form with grant and scopes")
    func request() async throws {
        let authority = try Authority()
        try await authority.call()
        let request = authority.tokenRequests[0]
        #expect(request.method == "POST")
        #expect(request.headers["Content-Type"] == "application/x-www-form-urlencoded")
        let basic = Data("my%20client:se%3Acret%25%26".utf8).base64EncodedString()
        #expect(request.headers["Authorization"] == "Basic " + basic)
        #expect(String(decoding: request.body ?? [], as: UTF8.self)
            == "grant_type=client_credentials&scope=quality-on-demand%3Asessions%3Acreate%20a%20b")
        #expect(authority.used == ["Bearer token-1"])
    }

    @Test("A token is kept while it is good and renewed before it expires")
    func kept() async throws {
        let authority = try Authority()
        try await authority.call()
        authority.world.time.advance(by: .seconds(3539))
        try await authority.call()
        #expect(authority.used == ["Bearer token-1", "Bearer token-1"])
        authority.world.time.advance(by: .seconds(2))
        try await authority.call()
        #expect(authority.used.last == "Bearer token-2")
    }

    @Test("A token of a short life is still used, and one of no life is renewed each time")
    func shortLives() async throws {
        let authority = try Authority()
        authority.lifetime.withLock { $0 = 10 }
        try await authority.call()
        authority.world.time.advance(by: .seconds(8))
        try await authority.call()
        #expect(authority.issued.current == 1)
        authority.world.time.advance(by: .seconds(2))
        authority.lifetime.withLock { $0 = 0 }
        try await authority.call()
        try await authority.call()
        #expect(authority.used.suffix(2) == ["Bearer token-2", "Bearer token-3"])
    }

    @Test("However many calls wait for a token, it is fetched once")
    func oneRenewal() async throws {
        let authority = try Authority()
        let gate = Gate()
        authority.gate.withLock { $0 = gate }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { try await authority.call() } }
            group.addTask {
                while authority.tokenRequests.isEmpty { await Task.yield() }
                for _ in 0..<1000 { await Task.yield() }
                await gate.open()
            }
            try await group.waitForAll()
        }
        #expect(authority.issued.current == 1)
        #expect(authority.used == Array(repeating: "Bearer token-1", count: 50))
    }

    @Test("A rejected token is renewed once for all that used it, and each request is sent once more")
    func rejectedTogether() async throws {
        let authority = try Authority()
        try await authority.call()
        authority.revoked.withLock { _ = $0.insert("token-1") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { try await authority.call() } }
            try await group.waitForAll()
        }
        #expect(authority.issued.current == 2)
        #expect(authority.used.filter { $0 == "Bearer token-2" }.count == 20)
    }

    @Test("A request that is rejected twice is an error, without a third token")
    func rejectedTwice() async throws {
        let authority = try Authority()
        authority.revoked.withLock { $0 = ["token-1", "token-2", "token-3"] }
        let error = await failure { try await authority.call() }
        #expect(error?.kind == .unauthorised)
        #expect(authority.issued.current == 2)
        #expect(authority.used == ["Bearer token-1", "Bearer token-2"])
    }

    @Test("A creation that is rejected for its token keeps its key and its x-correlator")
    func creationRejected() async throws {
        let authority = try Authority()
        authority.revoked.withLock { $0 = ["token-1"] }
        _ = try await authority.world.makeSession()
        let creations = authority.world.requests.filter { $0.url.path().hasSuffix("/sessions") }
        #expect(creations.count == 2)
        #expect(Set(creations.map { $0.headers["Idempotency-Key"] }).count == 1)
        #expect(Set(creations.map { $0.headers["x-correlator"] }).count == 1)
    }

    @Test("That the first to wait is cancelled does not fail the others, and it is not kept waiting itself")
    func cancelledWaiter() async throws {
        let authority = try Authority()
        let gate = Gate()
        authority.gate.withLock { $0 = gate }
        let first = Task { await failure { try await authority.call() } }
        while authority.tokenRequests.isEmpty { await Task.yield() }
        let second = Task { try await authority.call() }
        first.cancel()
        #expect(await first.value?.kind == .cancelled)
        await gate.open()
        try await second.value
        #expect(authority.issued.current == 1)
    }

    @Test(
        "A token endpoint that refuses the client makes the call unauthorised",
        arguments: [
            TransportResponse.json(400, #"{"error":"invalid_client","error_description":"who are you"}"#),
            .json(401, #"{"error":"who are you"}"#),
        ])
    func refused(answer: TransportResponse) async throws {
        let authority = try Authority()
        authority.answers.withLock { $0 = [answer] }
        let error = await failure { try await authority.call() }
        #expect(error?.kind == .unauthorised)
        #expect(error?.message == "the token endpoint refuses the client: who are you")
        #expect(authority.used.isEmpty)
        try await authority.call()
        #expect(authority.used == ["Bearer token-1"], "a failure is not kept")
    }

    @Test(
        "An answer of the token endpoint that cannot be used says so and does not repeat it",
        arguments: ["", "{}", "[]", #"{"access_token":""}"#, #"{"access_token":7}"#, #"{"access_token":"hidden-token","token_type":"mac"}"#])
    func unusable(body: String) async throws {
        let authority = try Authority()
        authority.answers.withLock { $0 = [.json(200, body)] }
        let error = await failure { try await authority.call() }
        #expect(error?.kind == .unexpectedAnswer)
        #expect(error?.message.contains("token endpoint") == true && error?.message.contains("hidden-token") == false)
    }

    @Test("A lifetime that is missing, text or nonsense is survived", arguments: ["", #","expires_in":"3600""#, #","expires_in":-5"#, #","expires_in":9223372036854775807"#, #","expires_in":"x""#])
    func lifetimes(member: String) async throws {
        let authority = try Authority()
        authority.answers.withLock { $0 = [.json(200, #"{"access_token":"tok-1"\#(member)}"#)] }
        try await authority.call()
        #expect(authority.used == ["Bearer tok-1"])
    }

    @Test("The token endpoint is tried again where that is safe")
    func endpointRetries() async throws {
        let authority = try Authority()
        authority.answers.withLock { $0 = [.error(503, "X", ""), .error(429, "X", "", headers: ["Retry-After": "2"])] }
        try await authority.call()
        #expect(authority.tokenRequests.count == 3)
    }
}
