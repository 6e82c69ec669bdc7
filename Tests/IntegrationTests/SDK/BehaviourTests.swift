import Foundation
import NetworkAsCode
import Testing

extension Integration {
    /// What each kind of test device does, seen through the SDK.
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
                let asked = ContinuousClock.now
                let session = try await Self.create(server, device: 2000)
                #expect(session.status == .requested)
                #expect(session.startedAt == nil && session.expiresAt == nil)
                let available = try await session.waitUntilAvailable(timeout: .seconds(10))
                #expect(available.status == .available)
                #expect(available.id == session.id)
                let waited = ContinuousClock.now - asked
                #expect(waited > .seconds(1.9) && waited < .seconds(5), "\(waited)")
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

        @Test("devices from 4000 on are ended by the network after five seconds; the updates tell it and end", .timeLimit(.minutes(1)))
        func endedByNetwork() async throws {
            try await ServerProcess.with { server in
                let session = try await Self.create(server, device: 4000)
                #expect(session.status == .available)
                var seen: [QoDSession] = []
                for try await update in session.statusUpdates { seen.append(update) }
                #expect(seen.map(\.status) == [.unavailable])
                #expect(seen.last?.statusInfo == .networkTerminated)
                // It keeps its flow until it is deleted.
                #expect(await kind { try await Self.create(server, device: 4000) } == .conflict)
                try await session.delete()
                #expect(try await Self.create(server, device: 4000).status == .available)
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
                for try await update in session.statusUpdates { #expect(update.status == .available) }
                let late = Date().timeIntervalSince(expires)
                #expect(late > 0 && late < 1.5, "\(late) s")
                #expect(await kind { try await session.refresh() } == .notFound)
                #expect(try await RawClient(address: server.address).heldCount() == 0)
            }
        }
    }
}

/// The kind of error that a call fails with; `nil` where it does not.
func kind(_ call: () async throws -> some Any) async -> NetworkAsCodeError.Kind? {
    do {
        _ = try await call()
        return nil
    } catch {
        return (error as? NetworkAsCodeError)?.kind
    }
}
