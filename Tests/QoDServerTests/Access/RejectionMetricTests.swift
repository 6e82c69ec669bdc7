import CoreMetrics
import HTTPTypes
import MetricsTestKit
import QualityOnDemand
import Testing

@testable import Access
@testable import QoDServer

@Suite("What is refused")
struct RejectionMetricTests {
    @Test("is counted by reason, and nothing of a token is in a metric")
    func counted() async throws {
        let metrics = TestMetrics()
        let authenticator = withMetricsFactory(metrics) {
            CredentialAuthenticator(tokens: TestIssuer.shared.verifier(), keys: APIKeyAuthenticator(keys: [(ClientID("one"), "sandbox")]))
        }
        let credentials = [
            TestIssuer.shared.token(["exp": "1700000000"]), TestIssuer.shared.token(["exp": "0"]), "ey.ey.ey", "guess-4711",
            TestIssuer.shared.token(["aud": nil]), TestIssuer.shared.token(), "sandbox",
        ]
        for credential in credentials { _ = try? await authenticator.authenticate([.authorization: "Bearer \(credential)"]) }
        _ = try? await authenticator.authenticate([:])
        func count(_ rejection: TokenRejection) throws -> Int64 {
            try metrics.expectCounter("nac_rejected_tokens_total", [("reason", rejection.rawValue)]).totalValue
        }
        #expect(try count(.expired) == 2)
        #expect(try count(.malformed) == 1)
        #expect(try count(.audience) == 1)
        #expect(try count(.unknownCredential) == 1)
        #expect(try count(.signature) == 0)
        let reasons = ["expired", "not_yet_valid", "unknown_key", "unknown_credential", "keys_unavailable"]
        #expect(Set(reasons).isSubset(of: TokenRejection.allCases.map(\.rawValue)))
    }
}
