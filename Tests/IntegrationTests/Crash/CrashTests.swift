import NetworkAsCode
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import Testing

extension Integration {
    @Suite struct CrashTests {
        private static let rounds = 24

        @Test("a server killed under load at any moment keeps all that it answered, and ends every session once and in time", .timeLimit(.minutes(15)))
        func killedUnderLoad() async throws {
            let seed = UInt64.random(in: 0...UInt64(UInt32.max))
            print("crash test: seed \(seed)")
            try await TemporaryFolder.with { folder in
                let ledger = Ledger()
                let load = Load(ledger: ledger, seed: seed)
                let work = Task { await load.run() }
                defer { load.end() }
                var random = SeededGenerator(seed: seed)
                var server = try await ServerProcess.start(in: folder)
                do {
                    for round in 1...Self.rounds {
                        if round == Self.rounds * 2 / 3 { load.shorten(to: 5) }
                        load.resume(server)
                        try await pause(for: .milliseconds(random.int(in: 20...1200)))
                        server = try await Self.crash(server, load, in: folder)
                        if random.oneIn(4) {
                            // A second crash, while the server recovers.
                            try await pause(for: .milliseconds(random.int(in: 0...30)))
                            server = try await Self.crash(server, load, in: folder)
                        }
                        try await Self.checkEverything(load, server, mayRepeat: true)
                    }
                    load.end()
                    await work.value
                    try await Self.checkTheEnd(load, server, in: folder)
                } catch {
                    // The platform's last words say more than a connection that is refused.
                    Issue.record("\(error); the platform said: \(server.process.errors.suffix(4_000))")
                    throw error
                }
                report(ledger)
            }
        }

        private static func crash(_ server: ServerProcess, _ load: Load, in folder: String) async throws -> ServerProcess {
            try await server.kill()
            load.ledger.count("killed")
            async let next = ServerProcess.start(in: folder)
            try await load.settle()
            return try await next
        }

        /// Checks every session with an answered creation, and the network.
        private static func checkEverything(_ load: Load, _ server: ServerProcess, mayRepeat: Bool) async throws {
            let api = RawClient(address: server.address)
            if mayRepeat {
                for order in load.ledger.takeRepeatable() { await load.create(order, api) }
                let repeatable = load.ledger.entries.filter { $0.order.idempotencyKey != nil && $0.deletion == .none && $0.order.duration >= 3600 }
                for entry in repeatable.shuffled().prefix(5) {
                    let id = await load.create(entry.order, api)
                    if id != entry.id { load.ledger.violate("the key of \(entry.id) made \(id ?? "nothing") after a crash") }
                }
            }
            // Sessions that are known to have ended are checked again at the end, and a few of them now.
            let entries = load.ledger.entries.filter { !$0.isSettled || !mayRepeat || Int.random(in: 0..<20) == 0 }
            try await read(entries, load.ledger, api, graceFrom: server.startedAt)
            try await compareNetwork(load.ledger, server)
        }

        private static func read(_ entries: [Ledger.Entry], _ ledger: Ledger, _ api: RawClient, graceFrom: Timestamp) async throws {
            let entries = NIOLockedValueBox(entries)
            try await withThrowingDiscardingTaskGroup { group in
                for _ in 0..<16 {
                    group.addTask {
                        while let entry = entries.withLockedValue({ $0.popLast() }) {
                            let asked = Timestamp.now
                            let answer = try await api.get(entry.id)
                            try ledger.check(entry, against: answer, asked: asked, answered: .now, graceFrom: graceFrom)
                        }
                    }
                }
            }
        }

        /// The network holds exactly the live sessions within a few seconds of the start.
        private static func compareNetwork(_ ledger: Ledger, _ server: ServerProcess) async throws {
            var wrong: [String] = []
            let (begun, start) = (ContinuousClock.now, Timestamp.now)
            var looks = 0
            // The limit also counts polls, because time alone passes while the machine stands still.
            repeat {
                looks += 1
                let asked = Timestamp.now
                wrong = ledger.discrepancies(held: try server.heldSessions(), asked: asked, answered: .now)
                if wrong.isEmpty { return }
                try await pause(for: .milliseconds(50))
            } while looks < 40 || ContinuousClock.now - begun < .seconds(5) + MachineStalls.watch.total(from: start, to: .now)
            for discrepancy in wrong.prefix(5) { ledger.violate("network, after \(looks) looks: \(discrepancy)") }
        }

        // MARK: The end

        /// After the end of all short sessions, the API, the network and the database agree.
        private static func checkTheEnd(_ load: Load, _ server: ServerProcess, in folder: String) async throws {
            let ledger = load.ledger
            let ends = ledger.unanswered.filter { $0.duration < 3600 }.map(\.latestEnd)
                + ledger.entries.filter { $0.order.duration < 3600 }.map(\.latestEnd)
            let quiet = (ends.max() ?? .now).adding(seconds: 2)
            try await pause(for: max(quiet.since(.now), .zero))
            try await pause(for: MachineStalls.watch.total(from: quiet.adding(seconds: -2), to: .now))
            try await checkExactly(load, server)

            try await server.kill()
            let next = try await ServerProcess.start(in: folder)
            try await checkExactly(load, next)
            try await next.stop()
            try checkEvents(ledger, try EventFile(path: "\(folder)/nac.db"))
            #expect(ledger.violations.isEmpty, "\(ledger.violations.count) violations, the first: \(ledger.violations.prefix(20).joined(separator: "\n"))")
            #expect(ledger.counts["killed", default: 0] >= 20)
            #expect(ledger.counts["created", default: 0] >= 500, "there was hardly any load")
        }

        /// While no request is under way, the comparison is exact.
        private static func checkExactly(_ load: Load, _ server: ServerProcess) async throws {
            try await checkEverything(load, server, mayRepeat: false)
            let api = RawClient(address: server.address)
            var listed: Set<String> = []
            for device in (0..<Load.clients).flatMap(Load.devices) {
                listed.formUnion(try await server.client().devices.get(phoneNumber: "+9999999\(device)").sessions().map(\.id))
            }
            let live = Set(load.ledger.entries.filter { $0.deletion == .none && $0.latestEnd > .now }.map(\.id))
            #expect(live.isSubset(of: listed), "\(live.subtracting(listed).count) live sessions are not listed")
            #expect(listed.subtracting(live).count <= load.ledger.unanswered.count, "more are listed than were ever asked for")
            #expect(try await api.heldSessions(pageSize: 97) == listed, "the network holds exactly the live sessions")
            #expect(try await api.heldCount() == listed.count)
            #expect(try server.heldSessions() == listed)
        }

        private static func checkEvents(_ ledger: Ledger, _ file: EventFile) throws {
            #expect(file.sessionsWithImpossibleEvents.isEmpty)
            for entry in ledger.entries {
                let events = file.events[entry.id] ?? []
                guard let startedAt = entry.startedAt, let expiresAt = entry.expiresAt else { continue }
                if events.first != .init(status: .available, info: nil, time: startedAt) {
                    ledger.violate("\(entry.id) was available at \(startedAt), but its first event is \(events.first.map { "\($0)" } ?? "none")")
                }
                let end = events.dropFirst().first
                switch entry.deletion {
                case .answered:
                    if end?.info != .deleteRequested { ledger.violate("\(entry.id) was deleted, but its last event is \(end.map { "\($0)" } ?? "none")") }
                case .none where entry.perhapsExpiresAt == nil && entry.latestEnd < .now:
                    if end != .init(status: .unavailable, info: .durationExpired, time: expiresAt) {
                        ledger.violate("\(entry.id) expired at \(expiresAt), but its last event is \(end.map { "\($0)" } ?? "none")")
                    }
                case .none, .asked:
                    if entry.latestEnd > .now, entry.deletion == .none, end != nil { ledger.violate("\(entry.id) lives, but has the event \(end!)") }
                }
            }
        }

        private func report(_ ledger: Ledger) {
            let counts = ledger.counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            print("crash test: \(counts), creations that stay unknown \(ledger.unanswered.count)")
        }
    }
}
