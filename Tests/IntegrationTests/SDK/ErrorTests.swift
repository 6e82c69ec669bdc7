import Foundation
import NetworkAsCode
import QoDTestSupport
import Testing

extension Integration {
    /// Errors of the real server as applications catch them, and failures that the SDK handles itself.
    @Suite struct ErrorTests {
        @Test("refusals can be told apart")
        func kinds() async throws {
            try await ServerProcess.with { server in
                let client = server.client()
                let device = client.devices.get(phoneNumber: "+99999991000")
                let session = try await device.createQoDSession(profile: .qosL, serviceIPv4: "233.252.0.2", duration: .seconds(60))

                #expect(await kind { try await device.createQoDSession(profile: .qosS, serviceIPv4: "233.252.0.0/24") } == .conflict)
                #expect(await kind { try await client.sessions.get("018f0000-0000-7000-8000-000000000000") } == .notFound)
                #expect(await kind { try await server.client(token: "sandbox-2").sessions.get(session.id) } == .forbidden)
                #expect(await kind { try await server.client(token: "nobody").sessions.get(session.id) } == .unauthorised)
                #expect(await kind { try await client.devices.get(phoneNumber: "+36201234567").sessions() } == .notFound)
                #expect(await kind { try await device.createQoDSession(profile: "QOS_NONE", serviceIPv4: "233.252.0.9") } == .invalidArgument)
                #expect(await kind { try await device.createQoDSession(profile: .future, serviceIPv4: "233.252.0.9") } == .notApplicable)
                #expect(await kind { try await client.profiles.get("QOS_NONE") } == .notFound)
                // A client can neither see nor change another client's sessions.
                let other = server.client(token: "sandbox-2").devices.get(phoneNumber: "+99999991000")
                #expect(try await other.sessions().isEmpty)
                #expect(try await other.clearSessions().isEmpty)
                #expect(try await session.refresh().status == .available)
            }
        }

        @Test("an error carries the API's code, the status and the x-correlator")
        func details() async throws {
            try await ServerProcess.with { server in
                let device = server.client().devices.get(phoneNumber: "+99999991000")
                let error = try await #require(throws: NetworkAsCodeError.self) {
                    try await device.createQoDSession(profile: .short, serviceIPv4: "233.252.0.2", duration: .seconds(301))
                }
                #expect(error.code == "QUALITY_ON_DEMAND.DURATION_OUT_OF_RANGE")
                #expect(error.httpStatus == 400)
                #expect(error.message.contains("301"))
                #expect(error.xCorrelator?.isEmpty == false)
            }
        }

        @Test("the same creation with the same key makes one session, with another body it is refused")
        func idempotency() async throws {
            try await ServerProcess.with { server in
                let api = RawClient(address: server.address)
                func body(_ duration: Int) -> String {
                    """
                    {"device":{"phoneNumber":"+99999991000"},"applicationServer":{"ipv4Address":"233.252.0.2"},"qosProfile":"QOS_L","duration":\(duration)}
                    """
                }
                let first = try await api.create(body(3600), idempotencyKey: "one")
                let second = try await api.create(body(3600), idempotencyKey: "one")
                #expect(first.status == 201 && second.status == 201)
                #expect(try first.session() == second.session())
                #expect(try await api.create(body(3601), idempotencyKey: "one").status == 409)
                #expect(try await api.create(body(3600), idempotencyKey: "two").status == 409)
            }
        }

        @Test("where there is no server, the error says so")
        func unreachable() async throws {
            let port = try await ServerProcess.with { $0.port }
            let client = NetworkAsCodeClient(
                token: "sandbox", server: .server(URL(string: "http://127.0.0.1:\(port)")!), configuration: ClientConfiguration(retries: .none))
            #expect(await kind { try await client.profiles.list() } == .connection)
        }

        @Test("calls get over a server that is killed and started again", .timeLimit(.minutes(15)))
        func restart() async throws {
            try await TemporaryFolder.with { folder in
                let first = try await ServerProcess.start(in: folder)
                let retries = RetryPolicy(maximumAttempts: 50, firstDelay: .milliseconds(100), maximumDelay: .milliseconds(300))
                let device = first.client(retries: retries).devices.get(phoneNumber: "+99999991000")
                let session = try await device.createQoDSession(profile: .qosL, serviceIPv4: "233.252.0.2")
                try await first.kill()

                async let created = device.createQoDSession(profile: .qosL, serviceIPv4: "233.252.0.3")
                async let refreshed = session.refresh()
                try await pause(for: .milliseconds(500))
                let second = try await ServerProcess.start(in: folder, port: first.port)
                #expect(try await refreshed == session)
                let other = try await created
                #expect(Set(try await device.sessions().map(\.id)) == [session.id, other.id])
                try await second.stop()
            }
        }
    }
}
