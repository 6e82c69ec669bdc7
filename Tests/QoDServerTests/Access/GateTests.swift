import CAMARA
import HTTPTypes
import QoDTestSupport
import QualityOnDemand
import SandboxAuthorization
import Testing

@testable import Access
@testable import Operations
@testable import QoDServer

@Suite("The gate before every route")
struct GateTests {
    private let issuer = TestIssuer.shared
    private static let everything = Scope.all.map(\.description)

    /// A platform with all routes.
    private static func setup() async throws -> Setup {
        let client = try await OAuthClient(id: ClientID("sandbox"), secret: "sandbox")
        let server = await AuthorizationServer(clients: [client], phoneNumbers: [])
        return TestIssuer.setup { setup in
            setup.authorizationServer = server
            setup.metrics = PrometheusRegistry()
        }
    }

    @Test("only health, metrics and the sandbox's authorization server do without it")
    func openRoutes() async throws {
        try await Platform.with(try await Self.setup()) { platform async throws in
            let open = platform.routes.filter { if case .open = $0.access { true } else { false } }
            #expect(open.map { "\($0.method.rawValue) \($0.path)" }.sorted() == [
                "GET /.well-known/openid-configuration", "GET /health/live", "GET /health/ready", "GET /metrics", "GET /oauth2/jwks",
                "POST /oauth2/bc-authorize", "POST /oauth2/token",
            ])
            #expect(platform.routes.count >= open.count + 21)
        }
    }

    @Test("every other route refuses a request without a credential, without scopes, and with every scope but its own")
    func everyRoute() async throws {
        try await Platform.with(try await Self.setup()) { platform async throws in
            for route in platform.routes {
                guard case .scope(let scope) = route.access else { continue }
                let path = route.path.replacing(/\{[A-Za-z]+\}/, with: Operation.unknownSession)
                let body = route.method == .post ? "{}" : nil
                try await Caller(client: platform.caller.client).send(route.method, path, body).expectError(401, "UNAUTHENTICATED")
                let others = Self.everything.filter { $0 != scope.description }.joined(separator: " ")
                for scopes in ["", "openid", others] {
                    let token = issuer.token(["scope": "\"\(scopes)\""])
                    try await platform.caller.with(token).send(route.method, path, body)
                        .expectError(403, "PERMISSION_DENIED", scope.description)
                }
            }
        }
    }

    @Test("the sandbox ends a client's own sessions only, and with a token for a device this device's only")
    func ending() async throws {
        try await Platform.with(try await Self.setup()) { platform async throws in
            let shop = platform.caller.with(issuer.token())
            let id = try #require(try await shop.create().text("sessionId"))
            let path = "/sandbox/v1/sessions/\(id)/end"
            try await platform.other.send(.post, path).expectError(403, "PERMISSION_DENIED", "another client")
            let otherDevice = platform.caller.with(issuer.token(["phone_number": #""+99999991001""#]))
            try await otherDevice.send(.post, path).expectError(403, "PERMISSION_DENIED", "device of the access token")
            #expect(try await shop.get(id).text("qosStatus") == "AVAILABLE")

            let assigned = try await shop.send(.post, Path.assignments, Body.assignment(["device": Body.phone(1003)]))
            let assignment = try #require(assigned.text("assignmentId"))
            try await otherDevice.send(.post, "/sandbox/v1/sessions/\(assignment)/end").expectError(403, "PERMISSION_DENIED")

            let ownDevice = platform.caller.with(issuer.token(["phone_number": #""+99999991000""#]))
            #expect(try await ownDevice.send(.post, path).status == 204)
            #expect(try await shop.get(id).text("qosStatus") == "UNAVAILABLE")
        }
    }

    @Test("the sandbox's network shows a client's own sessions only, and with a token for a device this device's only")
    func network() async throws {
        try await Platform.with(try await Self.setup()) { platform async throws in
            let shop = platform.caller.with(issuer.token())
            var own: [String] = []
            for device in [1000, 1001] { own.append(try #require(try await shop.create(["device": Body.phone(device)]).text("sessionId"))) }
            let others = try await platform.session(["device": Body.phone(1002)])
            func shown(_ caller: Caller, _ query: String = "") async throws -> [String] {
                let answer = try await caller.send(.get, "/sandbox/v1/network\(query)")
                #expect(answer["held"] == .integer(3))
                return answer["sessions"]?.elements.compactMap(\.text) ?? []
            }
            #expect(try await shown(shop) == own.sorted())
            #expect(try await shown(shop, "?limit=1") == [own.sorted()[0]])
            #expect(try await shown(platform.caller) == [others])
            #expect(try await shown(platform.other).isEmpty)
            #expect(try await shown(platform.caller.with(issuer.token(["phone_number": #""+99999991001""#]))) == [own[1]])
            #expect(try await shown(platform.caller.with(issuer.token(["phone_number": #""+36721601234""#]))).isEmpty)
        }
    }
}
