import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine

/// A database of very many sessions that end close together, made as the platform itself makes it.
struct ManySessions {
    /// When each of them ends, soonest first.
    let deadlines: [Deadline]

    static let window = Duration.seconds(10)

    /// Writes the file.
    ///
    /// - Parameters:
    ///   - lead: how long after the file is written the first session ends.
    ///   - isShuffled: whether they end in another order than that in which they were made, so that each end touches another
    ///     page of the file.
    static func write(_ count: Int, to path: String, lead: Duration, isShuffled: Bool) async throws -> ManySessions {
        let store = try SQLiteStore.open(path: path, queueCapacity: 200_000)
        let begun = Timestamp.now
        // A day ago, one after the other over the window: each is available for a day and about to end.
        let created = begun.adding(seconds: -86_400)
        let sessions = (0..<count).map { session($0, at: created.adding(milliseconds: window.milliseconds * Int64($0) / Int64(count))) }
        try await withThrowingDiscardingTaskGroup { group in
            for session in sessions {
                group.addTask { _ = try await store.create(SessionCreation(session: session)) }
            }
        }
        // The second half costs about as much as the first.
        let first = Timestamp.now.adding(milliseconds: Timestamp.now.since(begun).milliseconds + lead.milliseconds)
        let deadlines = (isShuffled ? sessions.shuffled() : sessions).enumerated().map { index, session in
            Deadline(time: first.adding(milliseconds: window.milliseconds * Int64(index) / Int64(count)), session: session.id)
        }
        let ends = Dictionary(uniqueKeysWithValues: deadlines.map { ($0.session, $0.time) })
        for start in stride(from: 0, to: count, by: 1000) {
            let page = sessions[start..<min(start + 1000, count)].map(\.id)
            _ = try await store.change(page) { session in
                session.networkBecameReady(at: ends[session.id]!.adding(seconds: -session.duration))
            }
        }
        try store.close()
        guard Timestamp.now < first else { throw ChildProcess.TooLate(description: "writing \(count) sessions took longer than was foreseen") }
        return ManySessions(deadlines: deadlines)
    }

    private static func session(_ index: Int, at created: Timestamp) -> Session {
        let addresses = NetworkAddresses(ipv4: IPv4Address(rawValue: 0x0a80_0000 + UInt32(index)), ipv6: nil)
        let subject = Session.Subject(
            key: DeviceKey("many-\(index)"), device: try? Device(phoneNumber: PhoneNumber("+36201\(100_000 + index)")),
            identifiedBy: .phoneNumber, addresses: addresses)
        return Session.requested(
            id: .make(at: created), by: ClientID("sandbox"), for: subject, flow: Fixture.flow(), profile: Fixture.profile().name,
            duration: 86_400, at: created
        ).0
    }

    /// How many end after that time.
    func count(endingAfter time: Timestamp) -> Int {
        var (low, high) = (0, deadlines.count)
        while low < high {
            let middle = (low + high) / 2
            if deadlines[middle].time > time { high = middle } else { low = middle + 1 }
        }
        return deadlines.count - low
    }

    /// The end of the soonest of those that are left when `count` are; `nil` where none is.
    func soonest(ofLast count: Int) -> Timestamp? {
        count > 0 && count <= deadlines.count ? deadlines[deadlines.count - count].time : nil
    }
}

extension Duration {
    var milliseconds: Int64 { Int64(self / .milliseconds(1)) }
}
