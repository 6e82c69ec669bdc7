import Foundation
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Testing

extension Integration {
    /// Invariant 5: a session ends within a second, also with very many of them, also after a restart.
    @Suite struct DeadlineTests {
        /// One look at how many sessions the network holds.
        private struct Sample {
            let asked: Timestamp
            let answered: Timestamp
            let held: Int
        }

        @Test(
            "100,000 sessions that end within ten seconds all end at most one second late",
            .enabled(if: Binaries.isOptimised, "needs the release build of nac: debug builds say nothing about lateness"), .timeLimit(.minutes(5)))
        func manyAtOnce() async throws {
            try await endAll(isShuffled: false)
        }

        @Test(
            "the same, ending in another order than that in which they were made",
            .enabled(if: Binaries.isOptimised, "needs the release build of nac: debug builds say nothing about lateness"), .timeLimit(.minutes(5)))
        func manyAtOnceShuffled() async throws {
            try await endAll(isShuffled: true)
        }

        private func endAll(isShuffled: Bool) async throws {
            try await TemporaryFolder.with { folder in
                let many = try await ManySessions.write(100_000, to: "\(folder)/nac.db", lead: .seconds(20), isShuffled: isShuffled)
                let started = Timestamp.now
                let server = try await ServerProcess.start(in: folder)
                let api = RawClient(address: server.address)
                print("deadlines: up after \(Timestamp.now.since(started))")
                try await wait(upTo: .seconds(20), for: "all sessions in the network") { try await api.heldCount() == many.deadlines.count }
                let first = many.deadlines[0].time
                print("deadlines: all in the network after \(Timestamp.now.since(started)), \(first.since(.now)) before the first end")
                #expect(Timestamp.now < first, "the start took longer than was foreseen")

                async let missed = Self.watchSome(many, api)
                let samples = try await Self.watchAll(many, api)
                Self.judge(samples, many)
                #expect(try await missed.isEmpty)
                try await server.stop()
                Self.check(try EventFile(path: "\(folder)/nac.db"), many)
            }
        }

        /// Looks every 50 ms until nothing is held, or it is far too late.
        private static func watchAll(_ many: ManySessions, _ api: RawClient) async throws -> [Sample] {
            var samples: [Sample] = []
            let end = many.deadlines.last!.time.adding(seconds: 30)
            while samples.last?.held != 0, Timestamp.now < end {
                let asked = Timestamp.now
                let held = try await api.heldCount()
                samples.append(Sample(asked: asked, answered: .now, held: held))
                try await pause(for: .milliseconds(50))
            }
            return samples
        }

        private static func judge(_ samples: [Sample], _ many: ManySessions) {
            // The soonest that is still held is as late as this at least.
            let lateness = samples.compactMap { sample in many.soonest(ofLast: sample.held).map { sample.asked.since($0) } }
            let waits = samples.map { $0.answered.since($0.asked) }
            print("deadlines: \(samples.count) looks, each \(waits.max()!) at most; latest end seen \(lateness.max() ?? .zero) late")
            #expect(samples.last?.held == 0)
            for sample in samples {
                let stalled = MachineStalls.watch.total(from: sample.asked.adding(seconds: -5), to: sample.asked)
                let mostAllowed = many.count(endingAfter: sample.asked.adding(milliseconds: -1000 - stalled.milliseconds))
                let leastAllowed = many.count(endingAfter: sample.answered)
                guard (leastAllowed...mostAllowed).contains(sample.held) else {
                    Issue.record("\(sample.held) held at \(sample.asked), \(leastAllowed) to \(mostAllowed) are right")
                    return
                }
            }
        }

        /// Reads some sessions right before their end and a second after it.
        ///
        /// - Returns: those that were gone too soon or there too long.
        private static func watchSome(_ many: ManySessions, _ api: RawClient) async throws -> [String] {
            var missed: [String] = []
            try await withThrowingTaskGroup(of: String?.self) { group in
                for index in stride(from: 0, to: many.deadlines.count, by: many.deadlines.count / 200) {
                    let deadline = many.deadlines[index]
                    group.addTask {
                        try await sleep(until: deadline.time.adding(milliseconds: -500))
                        let before = try await api.get("\(deadline.session)")
                        let isInTime = Timestamp.now < deadline.time
                        try await sleep(until: deadline.time.adding(milliseconds: 1000))
                        var after = try await api.get("\(deadline.session)")
                        let stalled = MachineStalls.watch.total(from: deadline.time, to: .now)
                        if after.status == 200, stalled > .zero {
                            try await pause(for: stalled)
                            after = try await api.get("\(deadline.session)")
                        }
                        return (before.status == 200 || !isInTime) && after.status == 404 ? nil : "\(deadline.session): \(before.status), \(after.status)"
                    }
                }
                for try await miss in group { if let miss { missed.append(miss) } }
            }
            return missed
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
