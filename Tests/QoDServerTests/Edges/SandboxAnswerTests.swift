import CAMARA
import HTTPTypes
import HummingbirdTesting
import QoDTestSupport
import QualityOnDemand
import SimulatedNetwork
import Testing

@testable import Access
@testable import QoDServer

@Suite("Test numbers that stand for an answer")
struct SandboxAnswerTests {
    @Test("every code that the APIs' operations have can be had, and every number gives its own", arguments: SandboxAnswer.all.filter { $0.refusal != nil })
    func errors(_ answer: SandboxAnswer) async throws {
        guard case .error(let status, let code, let retryAfter) = answer.behaviour else { return }
        try await Platform.with { platform async throws in
            let device = "{\"phoneNumber\": \"\(answer.phoneNumber)\"}"
            for operation in Operation.allCases.filter(\.takesDevice) {
                let usual = operation.call()
                let body = usual.body?.replacing(Body.device, with: device)
                let given = try await platform.caller.send(usual.method, usual.path, body)
                given.expectError(status, code.description, answer.phoneNumber)
                #expect(given.header("retry-after") == retryAfter.map(String.init))
            }
            #expect(try await platform.store.count() == 0)
        }
    }

    @Test("no number has two answers, all are from 6000 to 6999, and no code is missing")
    func numbers() {
        let all = SandboxAnswer.all
        #expect(Set(all.map(\.number)).count == all.count && all.allSatisfy { (6000...6999).contains($0.number) })
        let codes = Set(all.compactMap { if case .error(_, let code, _) = $0.behaviour { code.description } else { nil } })
        let told = Set(ErrorCase.all.map(\.key.code))
        #expect(told.subtracting(codes).isEmpty, "\(told.subtracting(codes))")
        #expect(codes.contains("TOO_MANY_REQUESTS") && codes.contains("UNAVAILABLE") && codes.contains("INTERNAL"))
    }

    @Test("a slow answer comes after the request was done")
    func slow() async throws {
        let clock = TestClock()
        try await Platform.with(Setup { $0.requestClock = clock }) { platform async throws in
            async let answer = platform.caller.create(["device": Body.phone(6805)])
            try await eventually { try await platform.store.count() == 1 }
            try await eventually { clock.sleeperCount > 0 }
            clock.advance(by: .seconds(5))
            let created = try await answer
            #expect(created.status == 201 && created.text("qosStatus") == "AVAILABLE")
            #expect(try await platform.caller.get(try #require(created.text("sessionId"))).status == 200)
        }
    }

    @Test("a lost answer closes the connection, after the request was done or before", arguments: [(6900, 1), (6901, 0)])
    func lost(_ number: Int, _ stored: Int) async throws {
        try await Platform.with(Setup { $0.framework = .live }) { platform async throws in
            await #expect(throws: (any Error).self) { try await platform.caller.create(["device": Body.phone(number)]) }
            #expect(try await platform.store.count() == stored)
        }
    }

    @Test("a token for such a number gets its answer everywhere")
    func token() async throws {
        let device = try Device(phoneNumber: PhoneNumber("+99999996503"))
        let principal = Principal(client: ClientID("one"), device: device)
        try await Platform.with(Setup { $0.authenticator = FixedAuthenticator(principal: principal) }) { platform async throws in
            for operation in Operation.allCases {
                try await platform.caller.send(operation.call()).expectError(503, "UNAVAILABLE")
            }
        }
    }

    @Test("where the platform is no sandbox, and for other numbers, there is no such answer")
    func elsewhere() async throws {
        try await Platform.with(Setup { $0.hasSandbox = false }) { platform async throws in
            try await platform.caller.create(["device": Body.phone(6429)]).expectError(404, "IDENTIFIER_NOT_FOUND")
        }
        try await Platform.with { platform async throws in
            for number in [6000, 6402, 6600, 6615, 6800, 6902, 6999] {
                try await platform.caller.create(["device": Body.phone(number)]).expectError(404, "IDENTIFIER_NOT_FOUND")
            }
            let listed = try await platform.caller.send(.get, "/sandbox/v1/answers").json?.elements
            #expect(listed?.count == SandboxAnswer.all.count)
            #expect(listed?.contains(try #require(.of(#"{"phoneNumber": "+99999996429", "answer": "error", "status": 429, "code": "TOO_MANY_REQUESTS"}"#))) == true)
        }
    }
}
