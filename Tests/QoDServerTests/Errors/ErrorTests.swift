import QoDTestSupport
import Testing

@Suite("The errors that the specifications list")
struct ErrorTests {
    @Test("each is answered with its status, code and a message that names what is wrong", arguments: ErrorCase.all)
    func occurs(_ error: ErrorCase) async throws {
        try await Platform.with(error.setup) { platform in
            var call = try await error.call(platform)
            let isCorrelatorWrong = call.headers["x-correlator"] != nil
            if !isCorrelatorWrong { call = call.with("x-correlator", "trace-1") }
            let answer = try await platform.caller.send(call)
            answer.expectError(error.status, error.code, error.message)
            #expect((answer.header("x-correlator") == "trace-1") != isCorrelatorWrong)
            #expect((answer.header("www-authenticate") != nil) == (error.status == 401))
        }
    }

    @Test("a request that was refused has changed nothing", arguments: ErrorCase.all.filter { $0.operation == .createSession })
    func changesNothing(_ error: ErrorCase) async throws {
        try await Platform.with(error.setup) { platform in
            let call = try await error.call(platform)
            let before = try await platform.store.count()
            _ = try await platform.caller.send(call)
            #expect(try await platform.store.count() == before)
        }
    }

    @Test("secrets of the request are in no error", arguments: ErrorCase.all)
    func secrets(_ error: ErrorCase) async throws {
        try await Platform.with(error.setup) { platform in
            let call = try await error.call(platform)
            let answer = try await platform.caller.send(call)
            for secret in ["sink-secret", "unheard-of", "user:secret"] { #expect(!answer.body.contains(secret), "\(answer.body)") }
        }
    }
}
