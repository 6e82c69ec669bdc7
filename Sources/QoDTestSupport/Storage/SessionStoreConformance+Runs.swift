import QualityOnDemand
import SessionEngine
import Testing

extension SessionStoreConformance {
    /// The store remembers the end of the previous run. These checks are only for stores that outlive the process.
    public static let runs: [Check] = [
        Check("a run that was not ended is known to the next, with what it tried alone and together") { store async throws in
            let (a, b, c) = (Fixture.session().id, Fixture.session().id, Fixture.session().id)
            #expect(try await store.beginRun() == PreviousRun())
            try await store.tryOut([a, b], alone: false, finished: [])
            let second = try await store.beginRun()
            #expect(!second.endedWell && second.failedStarts == 1)
            #expect(Set(second.suspects) == [suspect(a, 1, 0), suspect(b, 1, 0)])
            try await store.tryOut([a], alone: true, finished: [])
            try await store.tryOut([b], alone: true, finished: [a])
            try await store.tryOut([c], alone: false, finished: [])
            let third = try await store.beginRun()
            #expect(third.failedStarts == 2)
            #expect(third.suspects == [suspect(c, 1, 0), suspect(b, 1, 1)], "the most suspect come last")
            try await store.settleRun()
            let fourth = try await store.beginRun()
            #expect(!fourth.endedWell && fourth.failedStarts == 0 && fourth.suspects.isEmpty)
        },
        Check("a session that ended three processes alone stays known") { store async throws in
            let id = Fixture.session().id
            for _ in 0..<3 {
                _ = try await store.beginRun()
                try await store.tryOut([id], alone: true, finished: [])
            }
            #expect(try await store.beginRun().suspects == [suspect(id, 0, 3)])
            try await store.settleRun()
            #expect(try await store.beginRun().suspects == [suspect(id, 0, 3)])
        },
    ]

    private static func suspect(_ id: SessionID, _ together: Int, _ alone: Int) -> PreviousRun.Suspect {
        PreviousRun.Suspect(session: id, deathsTogether: together, deathsAlone: alone)
    }
}
