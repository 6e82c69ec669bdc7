import Logging
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound

@testable import Access
@testable import QoDServer

/// A test's identity provider, which signs any token.
struct TestIssuer: Sendable {
    let keys: [SigningKey]

    static let name = "https://idp.example.com/realm"
    static let audience = "quality-on-demand"
    /// A shared provider for all tests that do not depend on its keys.
    static let shared = TestIssuer(keys: [.es256("shared")])

    /// A token that is valid for the year. The parameters change its claims and header, as JSON
    /// texts; `nil` removes a member.
    func token(
        _ claims: [String: String?] = [:], header: [String: String?] = [:], key: SigningKey? = nil, at now: Timestamp = SystemClock().now
    ) -> String {
        let key = key ?? keys[0]
        let seconds = now.milliseconds / 1000
        let usual: [String: String?] = [
            "iss": "\"\(Self.name)\"", "aud": "\"\(Self.audience)\"", "exp": "\(seconds + 3600)", "client_id": "\"shop\"",
            "scope": "\"\(Operation.allCases.map(\.scope.description).joined(separator: " "))\"",
        ]
        let usualHeader: [String: String?] = ["alg": "\"\(key.algorithm)\"", "kid": key.id.map { "\"\($0)\"" }, "typ": "\"at+jwt\""]
        return Self.signed(
            header: Self.object(usualHeader.merging(header) { $1 }), claims: Self.object(usual.merging(claims) { $1 }), with: key.sign)
    }

    static func signed(header: String, claims: String, with sign: ([UInt8]) throws -> [UInt8]) -> String {
        let signed = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(claims.utf8))
        return signed + "." + Base64URL.encode((try? sign(Array(signed.utf8))) ?? [])
    }

    private static func object(_ members: [String: String?]) -> String {
        let texts = members.sorted { $0.key < $1.key }.compactMap { name, value in value.map { "\"\(name)\": \($0)" } }
        return "{\(texts.joined(separator: ", "))}"
    }

    static var requirements: TokenRequirements {
        var requirements = TokenRequirements()
        requirements.issuer = name
        requirements.audiences = [audience, "another"]
        return requirements
    }

    /// A verifier for this provider's tokens.
    func verifier(
        _ requirements: TokenRequirements = requirements, cache: VerifiedTokens = VerifiedTokens(), clock: any EngineClock = SystemClock()
    ) -> TokenVerifier {
        TokenVerifier(requirements, keys: ScriptedKeys(keys.set), schedule: .init(), cache: cache, clock: clock, logger: .silent)
    }

    /// A setup that accepts access tokens of the shared provider and the API keys of the sandbox.
    static let setup = setup()

    static func setup(_ change: (inout Setup) -> Void = { _ in }) -> Setup {
        Setup { setup in
            setup.authenticator = CredentialAuthenticator(tokens: shared.verifier(), keys: setup.authenticator)
            change(&setup)
        }
    }
}

/// A provider with the answer of the test's choice; it counts the requests.
final class ScriptedKeys: TokenKeySource {
    struct Down: Error {}

    private let state: NIOLockedValueBox<(answer: [UInt8]?, questions: Int)>

    init(_ answer: [UInt8]?) {
        state = NIOLockedValueBox((answer, 0))
    }

    /// `nil` while the provider is down.
    var answer: [UInt8]? {
        get { state.withLockedValue { $0.answer } }
        set { state.withLockedValue { $0.answer = newValue } }
    }
    var questions: Int { state.withLockedValue { $0.questions } }

    func keySet() async throws -> [UInt8] {
        let answer = state.withLockedValue { state in
            state.questions += 1
            return state.answer
        }
        guard let answer else { throw Down() }
        return answer
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// The reason for refusing a token; `nil` if the verifier accepts the token.
func rejection(of token: String, by verifier: TokenVerifier) async -> TokenRejection? {
    do {
        _ = try await verifier.verify(token)
        return nil
    } catch {
        return error
    }
}
