import HTTPTypes
import QoDServer
import QoDTestSupport
import Testing

@Suite("x-correlator")
struct CorrelatorTests {
    @Test("is echoed where it is valid", arguments: [
        "b4333c46-49c0-4f62-80d7-f0ef930f1c46", "a", "aZ09-_:;./<>{}", String(repeating: "x", count: 256),
    ])
    func echoed(_ correlator: String) async throws {
        try await Platform.with { platform in
            for operation in Operation.allCases {
                let answer = try await platform.caller.send(operation.call().with("x-correlator", correlator))
                #expect(answer.header("x-correlator") == correlator)
            }
        }
    }

    @Test("is made up where there is none, anew each time")
    func madeUp() async throws {
        try await Platform.with { platform in
            var seen: Set<String?> = []
            for operation in Operation.allCases { seen.insert(try await platform.caller.send(operation.call()).header("x-correlator")) }
            #expect(seen.count == Operation.allCases.count)
            #expect(!seen.contains(nil))
        }
    }

    @Test("is refused where it is not valid, and not echoed", arguments: [
        String(repeating: "x", count: 257), "a b", "a,b", "a=b", "\u{e9}", "a\"b", "(a)",
    ])
    func refused(_ correlator: String) async throws {
        try await Platform.with { platform in
            for path in [Path.session(Operation.unknownSession), "/health/live", "/nowhere"] {
                let answer = try await platform.caller.send(.get, path, headers: ["x-correlator": correlator])
                answer.expectError(400, "INVALID_ARGUMENT", "x-correlator")
                #expect(answer.header("x-correlator") != correlator)
            }
            #expect(try await platform.caller.create(headers: ["x-correlator": correlator]).status == 400)
            #expect(try await platform.store.count() == 0)
        }
    }
}

@Suite("API keys")
struct APIKeyTests {
    @Test("are taken from either header", arguments: [
        ("X-RapidAPI-Key", "sandbox"), ("Authorization", "Bearer sandbox"), ("Authorization", "bearer sandbox"),
        ("authorization", "BEARER   sandbox"),
    ])
    func accepted(_ name: String, _ value: String) async throws {
        try await Platform.with { platform async throws in
            let nobody = Caller(client: platform.caller.client)
            #expect(try await nobody.create(headers: [name: value]).status == 201)
        }
    }

    @Test("that are missing, unknown or malformed are refused, and never repeated", arguments: [
        ("X-RapidAPI-Key", ""), ("X-RapidAPI-Key", "guess-4711"), ("X-RapidAPI-Key", "SANDBOX"), ("Authorization", "guess-4711"),
        ("Authorization", "Bearer"), ("Authorization", "Bearer "), ("Authorization", "Bearer guess-4711"), ("Authorization", "Basic guess-4711"),
        ("Authorization", "Bearersandbox"), ("X-RapidAPI-Key", String(repeating: "guess-4711", count: 500)), ("X-Other", "sandbox"),
    ])
    func refused(_ name: String, _ value: String) async throws {
        try await Platform.with { platform in
            let nobody = Caller(client: platform.caller.client)
            for operation in Operation.allCases {
                let answer = try await nobody.send(operation.call().with(name, value))
                answer.expectError(401, "UNAUTHENTICATED")
                #expect(answer.header("www-authenticate") == "Bearer")
                #expect(!answer.body.contains("guess-4711"))
            }
            #expect(try await platform.store.count() == 0)
        }
    }

    @Test("two that contradict each other: the one of RapidAPI counts")
    func both() async throws {
        try await Platform.with { platform in
            let id = try await platform.session()
            let answer = try await platform.caller.send(.get, Path.session(id), headers: ["Authorization": "Bearer sandbox-2"])
            #expect(answer.status == 200)
        }
    }

    @Test("are not asked for by the health probes alone")
    func health() async throws {
        try await Platform.with { platform in
            let nobody = Caller(client: platform.caller.client)
            #expect(try await nobody.send(.get, "/health/live").status == 200)
            #expect(try await nobody.send(.get, "/health/ready").status == 200)
            for path in ["/sandbox/v1/devices", "/sandbox/v1/network"] {
                try await nobody.send(.get, path).expectError(401, "UNAUTHENTICATED")
            }
            try await nobody.send(.post, "/sandbox/v1/sessions/\(Operation.unknownSession)/end").expectError(401, "UNAUTHENTICATED")
        }
    }
}
