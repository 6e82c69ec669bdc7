import CAMARA
import Foundation
import NetworkAsCode
import QoDTestSupport
import QualityOnDemand
import Testing

extension Integration {
    /// The behaviour of each kind of test device, through the SDK.
    @Suite struct BehaviourTests {
        private static func create(_ server: ServerProcess, device number: Int, duration: Duration = .seconds(60)) async throws -> QoDSession {
            try await server.client().devices.get(phoneNumber: "+9999999\(number)")
                .createQoDSession(profile: .qosM, serviceIPv4: "233.252.0.2", duration: duration)
        }

        @Test("devices from 1000 on are available at once")
        func availableAtOnce() async throws {
            try await ServerProcess.with { server in
                let session = try await Self.create(server, device: 1000)
                #expect(session.status == .available)
                let (started, expires) = (try #require(session.startedAt), try #require(session.expiresAt))
                #expect(expires.timeIntervalSince(started) == 60)
            }
        }

        @Test("devices from 2000 on are available after two seconds")
        func availableAfterTwoSeconds() async throws {
            try await ServerProcess.with { server in
                let (asked, begun) = (ContinuousClock.now, Timestamp.now)
                let session = try await Self.create(server, device: 2000)
                #expect(session.status == .requested)
                #expect(session.startedAt == nil && session.expiresAt == nil)
                let available = try await session.waitUntilAvailable(timeout: .seconds(10))
                #expect(available.status == .available)
                #expect(available.id == session.id)
                let waited = ContinuousClock.now - asked
                #expect(waited > .seconds(1.9) && waited < .seconds(5) + MachineStalls.watch.total(from: begun, to: .now), "\(waited)")
            }
        }

        @Test("devices from 3000 on are never available")
        func terminated() async throws {
            try await ServerProcess.with { server in
                let session = try await Self.create(server, device: 3000)
                #expect(session.status == .requested)
                #expect(await kind { try await session.waitUntilAvailable(timeout: .seconds(10)) } == .sessionEnded)
                let ended = try await session.refresh()
                #expect(ended.status == .unavailable)
                #expect(ended.statusInfo == .networkTerminated)
            }
        }

        @Test("devices from 4000 on are ended by the network after five seconds; the updates tell it and end", .timeLimit(.minutes(15)))
        func endedByNetwork() async throws {
            try await ServerProcess.with { server in
                let session = try await Self.create(server, device: 4000)
                #expect(session.status == .available)
                var seen: [QoDSession] = []
                for try await update in session.statusUpdates { seen.append(update) }
                #expect(seen.map(\.status) == [.unavailable])
                #expect(seen.last?.statusInfo == .networkTerminated)
                // The session keeps its flow until a client deletes the session.
                #expect(await kind { try await Self.create(server, device: 4000) } == .conflict)
                try await session.delete()
                #expect(try await Self.create(server, device: 4000).status == .available)
            }
        }

        @Test("a session that is kept comes back after the network ended it, and is gone when the work is done", .timeLimit(.minutes(1)))
        func kept() async throws {
            try await ServerProcess.with { server in
                let device = server.client().devices.get(phoneNumber: "+99999994001")
                let seen = Seen()
                try await device.keepQoDSession(
                    profile: .qosM, serviceIPv4: "233.252.0.2", duration: .seconds(60), onChange: { await seen.add($0) }
                ) { session in
                    await seen.add(session)
                    while await seen.ids.count < 2 { try await Task.sleep(for: .milliseconds(100)) }
                }
                let statuses = await seen.statuses
                #expect(statuses.prefix(3) == [.available, .unavailable, .available], "\(statuses)")
                #expect(try await device.sessions().isEmpty)
                #expect(try await RawClient(address: server.address).heldCount() == 0)
            }
        }

        private actor Seen {
            var statuses: [QoDSession.Status] = []
            var ids: Set<String> = []

            func add(_ session: QoDSession) {
                statuses.append(session.status)
                ids.insert(session.id)
            }
        }

        @Test("a phone number without its + is taken where the setting says so, and only there", arguments: [true, false])
        func numbersWithoutPlus(isAccepted: Bool) async throws {
            try await TemporaryFolder.with { folder in
                let server = try await ServerProcess.start(in: folder, environment: isAccepted ? ["NAC_DEVICES_ACCEPTS_NUMBERS_WITHOUT_PLUS": "true"] : [:])
                let body = """
                    {"device":{"phoneNumber":"99999991000"},"applicationServer":{"ipv4Address":"233.252.0.2"},"qosProfile":"QOS_L","duration":60}
                    """
                let answer = try await RawClient(address: server.address).create(body, idempotencyKey: "one")
                #expect(answer.status == (isAccepted ? 201 : 400))
                if isAccepted { #expect(try answer.session().device?.phoneNumber?.description == "+99999991000") }
                try await server.stop()
            }
        }

        @Test("devices from 5000 on get no quality on demand")
        func notServed() async throws {
            try await ServerProcess.with { server in
                #expect(await kind { try await Self.create(server, device: 5000) } == .notApplicable)
            }
        }

        @Test("the updates of a session that expires end with it")
        func expiry() async throws {
            try await ServerProcess.with { server in
                let session = try await Self.create(server, device: 1003, duration: .seconds(2))
                let expires = try #require(session.expiresAt)
                var last: QoDSession?
                for try await update in session.statusUpdates { last = update }
                #expect(last?.status == .unavailable && last?.statusInfo == .durationExpired)
                let late = Date().timeIntervalSince(expires)
                #expect(late > 0 && late < 1.5, "\(late) s")
                #expect(await kind { try await session.refresh() } == .notFound)
                #expect(try await RawClient(address: server.address).heldCount() == 0)
            }
        }
    }
}

/// The kind of a call's error; `nil` if the call succeeds.
func kind(_ call: () async throws -> some Any) async -> NetworkAsCodeError.Kind? {
    do {
        _ = try await call()
        return nil
    } catch {
        return (error as? NetworkAsCodeError)?.kind
    }
}
