import QoDServer
import QualityOnDemand
import SessionEngine

extension ErrorCase {
    /// Errors about the client, its rate of requests, and its identifiers.
    static let access: [ErrorCase] = Operation.allCases.flatMap { operation in
        [
            ErrorCase(
                operation, 401, "UNAUTHENTICATED", "has expired", scenario: operation.scenario(401, 2, "expired_access_token"),
                setup: TestIssuer.setup
            ) { _ in
                let token = TestIssuer.shared.token(["exp": "1700000000"])
                return operation.call().with("X-RapidAPI-Key", nil).with("Authorization", "Bearer \(token)")
            },
            ErrorCase(
                operation, 429, "TOO_MANY_REQUESTS", "Rate limit reached", scenario: operation.scenario(429, 1, "too_many_requests"),
                setup: Setup { $0.server.rateLimit = RateLimit(requestsPerSecond: 0.001) }
            ) { platform in
                _ = try await platform.caller.send(Operation.getQosProfile.call())
                return operation.call()
            },
        ]
    } + Operation.allCases.filter(\.takesDevice).map { operation in
        ErrorCase(
            operation, 422, "UNSUPPORTED_IDENTIFIER", "supported are ipv4Address", scenario: "\(operation.tag)_C01.06_unsupported_device",
            setup: Setup { $0.server.identifiers = [.ipv4Address] }
        ) { _ in operation.call() }
    } + [
        ErrorCase(.createSession, 429, "QUOTA_EXCEEDED", "sessions of this client", setup: Setup { $0.engine.liveLimits.perClient = 1 }) { platform in
            _ = try await platform.session(["device": Body.phone(1234)])
            return Operation.createSession.call()
        }
    ]
}
