import HTTPTypes
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import Access
@testable import QoDServer

/// A provider that answers at most once; further requests hang until `letGo()`.
private final class HangingKeys: TokenKeySource {
    private let state: NIOLockedValueBox<(first: [UInt8]?, isLetGo: Bool)>

    init(first: [UInt8]?) {
        state = NIOLockedValueBox((first, false))
    }

    func letGo() { state.withLockedValue { $0.isLetGo = true } }

    func keySet() async throws -> [UInt8] {
        let first = state.withLockedValue { state in
            defer { state.first = nil }
            return state.first
        }
        if let first { return first }
        while !state.withLockedValue({ $0.isLetGo }) { try await pause(for: .milliseconds(2)) }
        throw ScriptedKeys.Down()
    }
}

@Suite("An identity provider that hangs")
struct HangingProviderTests {
    private let issuer = TestIssuer(keys: [.es256("known")])
    private let stranger = TestIssuer(keys: [.es256("stranger")])

    private func verifier(_ keys: HangingKeys, _ clock: any EngineClock) -> TokenVerifier {
        TokenVerifier(TestIssuer.requirements, keys: keys, schedule: .init(), clock: clock, logger: .silent)
    }

    @Test("keeps 64 tokens waiting, the others are answered at once, and tokens with a known key do not wait")
    func waiters() async throws {
        let clock = TestClock()
        let keys = HangingKeys(first: issuer.keys.set)
        let verifier = verifier(keys, clock)
        let seen = issuer.token(["exp": "4000000000"])
        #expect(await rejection(of: seen, by: verifier) == nil)
        clock.advance(by: .seconds(10))
        await withTaskGroup(of: TokenRejection?.self) { group in
            for number in 0..<200 {
                let token = stranger.token(["jti": "\(number)", "exp": "4000000000"])
                group.addTask { await rejection(of: token, by: verifier) }
            }
            for _ in 0..<136 { #expect(await group.next() == .some(.keysUnavailable)) }
            #expect(verifier.waiterCount == 64)
            #expect(await rejection(of: seen, by: verifier) == nil)
            #expect(await rejection(of: issuer.token(["jti": "1000", "exp": "4000000000"]), by: verifier) == nil)
            keys.letGo()
            for _ in 0..<64 { #expect(await group.next() == .some(.unknownKey)) }
        }
        #expect(verifier.waiterCount == 0)
    }

    @Test("tokens that wait take no place among the requests under way")
    func places() async throws {
        let keys = HangingKeys(first: nil)
        let tokens = verifier(keys, SystemClock())
        let setup = Setup {
            $0.server.maximumInFlight = 8
            $0.authenticator = CredentialAuthenticator(
                tokens: tokens, keys: APIKeyAuthenticator(keys: [(ClientID("one"), "sandbox"), (ClientID("two"), "sandbox-2")]))
        }
        try await Platform.with(setup) { platform in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<40 {
                    let token = stranger.token(["jti": "\(number)", "exp": "4000000000"])
                    group.addTask {
                        let headers = ["X-RapidAPI-Key": nil, "Authorization": "Bearer \(token)"] as [String: String?]
                        return try await platform.caller.send(.get, Path.session(Operation.unknownSession), headers: headers).status
                    }
                }
                try await eventually { tokens.waiterCount == 40 }
                for _ in 0..<20 { #expect(try await platform.caller.get(Operation.unknownSession).status == 404) }
                keys.letGo()
                for try await status in group { #expect(status == 503) }
            }
        }
    }
}
