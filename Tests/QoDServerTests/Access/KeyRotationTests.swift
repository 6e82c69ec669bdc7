import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Testing

@testable import Access
@testable import QoDServer

@Suite("The keys of an identity provider")
struct KeyRotationTests {
    private let old = TestIssuer(keys: [.es256("old")])
    private let new = TestIssuer(keys: [.es256("new")])
    private let clock = TestClock()

    private func verifier(_ keys: ScriptedKeys) -> TokenVerifier {
        TokenVerifier(TestIssuer.requirements, keys: keys, schedule: .init(), clock: clock, logger: .silent)
    }

    private func token(_ issuer: TestIssuer, _ number: Int = 0) -> String {
        issuer.token(["jti": "\(number)", "exp": "4000000000"])
    }

    @Test("are asked for when the first token comes, and not again for the next ones")
    func lazily() async throws {
        let keys = ScriptedKeys(old.keys.set)
        let verifier = verifier(keys)
        #expect(keys.questions == 0)
        for number in 0..<20 { #expect(await rejection(of: token(old, number), by: verifier) == nil) }
        #expect(keys.questions == 1)
    }

    @Test("many first tokens at once make one question")
    func once() async throws {
        let keys = ScriptedKeys(old.keys.set)
        let verifier = verifier(keys)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<50 { group.addTask { #expect(await rejection(of: token(old, number), by: verifier) == nil) } }
        }
        #expect(keys.questions == 1)
    }

    @Test("are asked for again when a token names an unknown one, but not for every such token")
    func unknownKey() async throws {
        let keys = ScriptedKeys(old.keys.set)
        let verifier = verifier(keys)
        #expect(await rejection(of: token(old), by: verifier) == nil)
        keys.answer = (old.keys + new.keys).set
        clock.advance(by: .seconds(10))
        #expect(await rejection(of: token(new), by: verifier) == nil)
        #expect(keys.questions == 2)
        let stranger = TestIssuer(keys: [.es256("stranger")])
        for number in 0..<100 { #expect(await rejection(of: token(stranger, number), by: verifier) == .unknownKey) }
        #expect(keys.questions == 2)
        clock.advance(by: .seconds(10))
        for number in 0..<100 { #expect(await rejection(of: token(stranger, number), by: verifier) == .unknownKey) }
        #expect(keys.questions == 3)
    }

    @Test("are confirmed now and then, and one that was withdrawn is good no more, also for tokens seen before")
    func withdrawn() async throws {
        let keys = ScriptedKeys((old.keys + new.keys).set)
        let verifier = verifier(keys)
        // The test sends the same text each time, because two signatures of one token differ.
        let seen = token(old)
        #expect(await rejection(of: seen, by: verifier) == nil)
        keys.answer = new.keys.set
        clock.advance(by: .seconds(301))
        // The first request after that does not wait for the provider.
        _ = await rejection(of: seen, by: verifier)
        try await eventually { await rejection(of: seen, by: verifier) == .unknownKey }
        #expect(await rejection(of: token(new), by: verifier) == nil)
        #expect(keys.questions == 2)
    }

    @Test("that were known go on while the provider is down, for a day and no longer")
    func providerDown() async throws {
        let keys = ScriptedKeys(old.keys.set)
        let verifier = verifier(keys)
        let seen = token(old)
        #expect(await rejection(of: seen, by: verifier) == nil)
        keys.answer = nil
        for hour in 1..<24 {
            clock.advance(by: .seconds(3600))
            #expect(await rejection(of: token(old, hour), by: verifier) == nil, "hour \(hour)")
        }
        try await eventually { keys.questions >= 2 }
        clock.advance(by: .seconds(3600))
        #expect(await rejection(of: token(old, 24), by: verifier) == .keysUnavailable)
        #expect(await rejection(of: seen, by: verifier) == .keysUnavailable, "also one seen before")
        keys.answer = old.keys.set
        clock.advance(by: .seconds(10))
        #expect(await rejection(of: token(old, 25), by: verifier) == nil)
    }

    @Test("that were never had make no token wrong, and are asked for again soon")
    func never() async throws {
        let keys = ScriptedKeys(nil)
        let verifier = verifier(keys)
        for number in 0..<10 { #expect(await rejection(of: token(old, number), by: verifier) == .keysUnavailable) }
        #expect(keys.questions == 1)
        keys.answer = old.keys.set
        clock.advance(by: .seconds(10))
        #expect(await rejection(of: token(old), by: verifier) == nil)
    }

    @Test("that come as nonsense are no keys, and those known go on", arguments: [
        "", "[]", "{}", #"{"keys": {}}"#, #"{"keys": []}"#, #"{"keys": [{}]}"#, #"{"keys": [1]}"#, "<html>",
        #"{"keys": [{"kty": "EC", "crv": "P-256", "kid": "old", "x": "AA", "y": "AA"}]}"#,
        #"{"keys": [{"kty": "RSA", "kid": "old", "n": "AQAB", "e": "AQAB"}]}"#, #"{"keys": [{"kty": "oct", "kid": "old", "k": "AAAA"}]}"#,
        #"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "old", "x": ""}]}"#, #"{"keys": [{"kty": "OKP", "crv": "X25519", "kid": "old", "x": "AA"}]}"#,
        #"{"keys": [{"kty": "RSA", "kid": "old"}]}"#, #"{"keys": [{"kty": "EC", "crv": "P-256"}]}"#,
    ])
    func nonsense(_ text: String) async throws {
        let keys = ScriptedKeys(old.keys.set)
        let verifier = verifier(keys)
        #expect(await rejection(of: token(old), by: verifier) == nil)
        keys.answer = Array(text.utf8)
        clock.advance(by: .seconds(10))
        #expect(await rejection(of: token(new), by: verifier) == .unknownKey)
        #expect(keys.questions == 2)
        #expect(await rejection(of: token(old, 1), by: verifier) == nil)
    }

    @Test("come in sets of bounded size")
    func bounds() async throws {
        let many = [SigningKey](repeating: old.keys[0], count: 65)
        await #expect(throws: KeySourceError.self) { _ = try await KeySet(many.set) }
        await #expect(throws: KeySourceError.self) { _ = try await KeySet(old.keys.set + Array(repeating: 0x20, count: 300_000)) }
        _ = try await KeySet(old.keys.set)
    }

    @Test("of RSA are large enough")
    func smallRSA() async throws {
        let small = SigningKey.rs256("small").with(["n": "\"\(Base64URL.encode([UInt8](repeating: 0xff, count: 128)))\""])
        await #expect(throws: KeySourceError.self) { _ = try await KeySet([small].set) }
    }
}
