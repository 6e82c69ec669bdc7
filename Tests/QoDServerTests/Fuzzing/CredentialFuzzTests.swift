import CAMARA
import QoDTestSupport
import QualityOnDemand
import Testing

@testable import Access
@testable import QoDServer
@testable import SandboxAuthorization

@Suite("Whatever a credential is, its parser ends, without a trap", .timeLimit(.minutes(30)))
struct CredentialFuzzTests {
    private static let alphabet = Array("ABCXYZabcxyz0189-_.=+/ ".utf8)

    @Test("and one that was changed is not taken")
    func signatures() async throws {
        let issuer = TestIssuer(keys: [.es256("e"), .ed25519("d"), .rs256("r")])
        let verifier = issuer.verifier()
        let tokens = issuer.keys.map { issuer.token(key: $0) }
        try await Fuzzing.run("signatures", inputs: 3_000) { random, seed in
            let token = random.pick(tokens)
            let bytes = random.oneIn(10) ? Array(token.utf8) : random.mutated(Array(token.utf8), with: Self.alphabet)
            let text = String(decoding: bytes, as: UTF8.self)
            let isTaken = await rejection(of: text, by: verifier) == nil
            #expect(isTaken == tokens.contains(text), "seed \(seed): \(text)")
            return isTaken
        }
    }

    @Test("nor one with hostile claims, unless they say what is needed")
    func claims() async throws {
        let issuer = TestIssuer.shared
        let verifier = issuer.verifier()
        let header = #"{"alg":"ES256","kid":"shared","typ":"at+jwt","cty":"JWT","x5c":["a"],"n":1}"#
        let claims = #"{"iss":"\#(TestIssuer.name)","aud":["\#(TestIssuer.audience)","b"],"exp":4102444800,"nbf":1,"iat":1700000000,"client_id":"shop","scope":"a b:c","phone_number":"+99999991000"}"#
        try await Fuzzing.run("claims", inputs: 2_000) { random, seed in
            let texts = (random.oneIn(3) ? random.hostile(header) : Array(header.utf8), random.oneIn(4) ? Array(claims.utf8) : random.hostile(claims))
            let signed = Base64URL.encode(texts.0) + "." + Base64URL.encode(texts.1)
            let token = signed + "." + Base64URL.encode(try issuer.keys[0].sign(Array(signed.utf8)))
            guard let principal = try? await verifier.verify(token) else { return false }
            let read = try JSONValue(parsing: texts.1)
            #expect(read.member("iss") == .string(TestIssuer.name), "seed \(seed)")
            #expect(!"\(principal.client)".isEmpty, "seed \(seed)")
            return true
        }
    }

    @Test("whether in parts, base64url, forms or key sets")
    func parts() async throws {
        let forms = [
            "grant_type=client_credentials&scope=a+b%3Ac&client_id=sandbox&client_secret=s%20%C3%A9",
            "login_hint=tel%3A%2B99999991000&requested_expiry=60&binding_message=",
        ]
        let token = TestIssuer.shared.token()
        let keys = String(decoding: [SigningKey.es256("e"), .ed25519("d"), .rs256("r")].set, as: UTF8.self)
        try await Fuzzing.run("parts", inputs: 6_000) { random, seed in
            switch random.int(in: 0...3) {
            case 0:
                let text = String(decoding: random.mutated(Array(token.utf8), with: random.oneIn(2) ? [] : Self.alphabet), as: UTF8.self)
                guard let parsed = try? CompactToken(text) else { return false }
                #expect(text.hasSuffix(Base64URL.encode(parsed.signature)), "seed \(seed)")
            case 1:
                let text = random.text(random.int(in: 0...40), of: random.oneIn(3) ? "Aa0-_=+/.é" : "ABCabc019-_")
                guard let bytes = Base64URL.decode(text) else { return false }
                #expect(Base64URL.encode(bytes) == text, "seed \(seed): \(text)")
            case 2:
                let bytes = random.mutated(Array(random.pick(forms).utf8), with: random.oneIn(2) ? [] : Array("=&%+AF09 é".utf8))
                guard let form = try? Form(bytes) else { return false }
                _ = try? form.integer("requested_expiry", in: 1...600)
            default:
                guard (try? await KeySet(random.hostile(keys))) != nil else { return false }
            }
            return true
        }
    }
}
