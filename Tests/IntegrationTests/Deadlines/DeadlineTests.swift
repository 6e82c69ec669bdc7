import Foundation
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Testing

extension Integration {
    /// Invariant 5: a session ends within a second of its deadline, also with very many
    /// sessions, also after a restart.
    @Suite struct DeadlineTests {
        /// The number of sessions in the network at one moment.
        private struct Sample {
            let asked: Timestamp
            let answered: Timestamp
            let held: Int
            let mostLeft: Int
        }

        @Test(
            "100,000 sessions that end within ten seconds all end at most one second late",
            .enabled(if: Binaries.isOptimised, "needs the release build of nac: debug builds say nothing about lateness"), .timeLimit(.minutes(20)))
        func manyAtOnce() async throws {
            try await endAll(isShuffled: false)
        }

        @Test(
            "the same, ending in another order than that in which they were made",
            .enabled(if: Binaries.isOptimised, "needs the release build of nac: debug builds say nothing about lateness"), .timeLimit(.minutes(20)))
        func manyAtOnceShuffled() async throws {
            try await endAll(isShuffled: true)
        }

        private func endAll(isShuffled: Bool) async throws {
            try await TemporaryFolder.with { folder in
                let written = try await ManySessions.write(100_000, to: "\(folder)/many.db", isShuffled: isShuffled)
                let costBefore = try written.costOfAnEnd()
                let (server, many) = try await Self.start(written, in: folder)
                let pace = Pace(many, measured: costBefore)
                print("deadlines: this machine writes an end in \(costBefore); the last one is due \(pace.due(99_999).since(many.start)) after the first")

                let api = RawClient(address: server.address)
                async let missed = Self.watchSome(pace, api)
                let samples = try await Self.watchAll(pace, api)
                Self.judge(samples, many)
                #expect(try await missed.isEmpty)
                try await server.stop(within: .seconds(60))
                Self.check(try EventFile(path: many.path), many)
            }
        }

        /// Starts a platform that programs all sessions before the first of them ends. If the machine needs more time,
        /// the next attempt has about twice the time.
        private static func start(_ written: ManySessions, in folder: String) async throws -> (ServerProcess, ManySessions) {
            for lead in [5, 20, 40, 80, 160] {
                let many = try written.copy(to: "\(folder)/nac.db", lead: .seconds(lead))
                let started = Timestamp.now
                let server = try await ServerProcess.start(in: folder, within: .seconds(max(lead, 30)))
                let api = RawClient(address: server.address)
                while Timestamp.now < many.start {
                    guard try await api.heldCount() < many.deadlines.count else {
                        print("deadlines: all in the network after \(Timestamp.now.since(started)), \(many.start.since(.now)) before the first end")
                        return (server, many)
                    }
                    try await pause(for: .milliseconds(50))
                }
                try await server.kill()
                try FileManager.default.removeItem(atPath: "\(folder)/network.journal")
            }
            throw ChildProcess.TooLate(description: "not all sessions were in the network 160 s after they were written")
        }

        /// Polls every 50 ms until the network holds no session, or until it is far too late.
        private static func watchAll(_ pace: Pace, _ api: RawClient) async throws -> [Sample] {
            var samples: [Sample] = []
            let end = pace.due(pace.many.deadlines.count - 1).adding(seconds: 60)
            while samples.last?.held != 0, Timestamp.now < end {
                let asked = Timestamp.now
                // The allowance is taken before the answer, because delays of the machine during the
                // answer are no fault of the platform.
                let mostLeft = pace.mostLeft(at: asked)
                let held = try await api.heldCount()
                samples.append(Sample(asked: asked, answered: .now, held: held, mostLeft: mostLeft))
                try await pause(for: .milliseconds(50))
            }
            return samples
        }

        private static func judge(_ samples: [Sample], _ many: ManySessions) {
            // The earliest session in the network is at least this late.
            let lateness = samples.compactMap { sample in many.soonest(ofLast: sample.held).map { sample.asked.since($0) } }
            let waits = samples.map { $0.answered.since($0.asked) }
            print("deadlines: \(samples.count) looks, each \(waits.max()!) at most; latest end seen \(lateness.max() ?? .zero) late")
            #expect(samples.last?.held == 0)
            for sample in samples {
                let leastAllowed = many.count(endingAfter: sample.answered)
                guard sample.held >= leastAllowed, sample.held <= sample.mostLeft else {
                    Issue.record("\(sample.held) held at \(sample.asked), \(leastAllowed) to \(sample.mostLeft) are right")
                    return
                }
            }
        }

        /// Reads some sessions just before their end and one second after it.
        ///
        /// - Returns: The sessions that ended too early or too late.
        private static func watchSome(_ pace: Pace, _ api: RawClient) async throws -> [String] {
            var missed: [String] = []
            let count = pace.many.deadlines.count
            try await withThrowingTaskGroup(of: String?.self) { group in
                for index in stride(from: 0, to: count, by: count / 200) {
                    group.addTask { try await watch(index, pace, api) }
                }
                for try await miss in group { if let miss { missed.append(miss) } }
            }
            return missed
        }

        private static func watch(_ index: Int, _ pace: Pace, _ api: RawClient) async throws -> String? {
            let deadline = pace.many.deadlines[index]
            try await sleep(until: deadline.time.adding(milliseconds: -500))
            let before = try await api.get("\(deadline.session)")
            let isInTime = Timestamp.now < deadline.time
            let due = pace.due(index)
            try await sleep(until: due.adding(seconds: 1))
            while true {
                let asked = Timestamp.now
                let after = try await api.get("\(deadline.session)")
                if after.status == 404 { break }
                // If the machine stood still since the deadline, the session has that much more time.
                guard MachineStalls.lateness(since: due, to: asked) > asked.since(due) else { return "\(deadline.session): still \(after.status)" }
                try await pause(for: .milliseconds(50))
            }
            return before.status == 200 || !isInTime ? nil : "\(deadline.session): \(before.status) before its end"
        }

        private static func sleep(until time: Timestamp) async throws {
            try await pause(for: max(time.since(.now), .zero))
        }

        private static func check(_ file: EventFile, _ many: ManySessions) {
            #expect(file.events.count == many.deadlines.count)
            let wrong = many.deadlines.filter { deadline in
                let ends = file.events["\(deadline.session)"]?.filter { $0.status == .unavailable } ?? []
                return ends != [.init(status: .unavailable, info: .durationExpired, time: deadline.time)]
            }
            #expect(wrong.isEmpty, "\(wrong.count) sessions do not have exactly one end, at its time")
        }
    }
}
