import Foundation
import GRDB
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Testing

@Suite("A database file that is not as it should be")
struct FileTests {
    private func failure(opening path: String) -> StoreError? {
        do {
            try SQLiteStore.open(path: path).close()
            return nil
        } catch {
            return error
        }
    }

    /// The code of a call's error; `nil` if the call succeeds.
    private func failure(of call: () async throws -> Void) async -> StoreError.Code? {
        do {
            try await call()
            return nil
        } catch {
            return (error as? StoreError)?.code ?? .failed
        }
    }

    @Test("what was stored is there when the file is opened again, events in order and keys known")
    func reopening() async throws {
        try await TemporaryFolder.with { folder in
            let session = Fixture.session(sink: "https://example.com/")
            let creation = SessionCreation(
                session: session, idempotency: .init(key: "k", digest: [7], validSince: session.createdAt.adding(seconds: -60)))
            let first = try SQLiteStore.open(path: folder + "/nac.db")
            _ = try await first.create(creation)
            _ = try await first.change([session.id]) { $0.networkBecameReady(at: Fixture.time) }
            let stored = try await first.session(session.id)
            try first.close()

            let second = try SQLiteStore.open(path: folder + "/nac.db")
            #expect(try await second.session(session.id) == stored)
            let again = SessionCreation(session: Fixture.session(sink: "https://example.com/"), idempotency: creation.idempotency)
            #expect(try await second.create(again) == .repeated(session.id))
            _ = try await second.change([session.id]) { $0.deleted(at: Fixture.time) }
            let events = try await second.events(of: session.id)
            #expect(events.map(\.sequence) == [1, 2])
            try second.close()
        }
    }

    @Test("commits reach the disk: the journal is a WAL, fully synchronised")
    func durability() async throws {
        try await TemporaryFolder.with { folder in
            let store = try SQLiteStore.open(path: folder + "/nac.db")
            let pragmas = try await store.durabilityPragmas()
            #expect(pragmas == ["journal_mode": "wal", "synchronous": "2"])
            try store.close()
        }
    }

    @Test("a second process is kept off a file in use")
    func lock() async throws {
        try await TemporaryFolder.with { folder in
            let store = try SQLiteStore.open(path: folder + "/nac.db")
            #expect(failure(opening: folder + "/nac.db")?.code == .inUse)
            try store.close()
            #expect(failure(opening: folder + "/nac.db") == nil)
        }
    }

    /// Takes each file descriptor as soon as it becomes free, and closes it again, in a loop.
    private final class Taker: @unchecked Sendable {
        private let isOver = NIOLockedValueBox(false)
        private let end = DispatchSemaphore(value: 0)
        /// The number of descriptors that other code closed first. Only the thread writes this
        /// value; `stop` reads it afterwards.
        private var losses = 0

        init() {
            Thread { [self] in
                while !isOver.withLockedValue({ $0 }) {
                    let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
                    for _ in 0..<3 { sched_yield() }
                    if descriptor >= 0, close(descriptor) != 0 { losses += 1 }
                }
                end.signal()
            }.start()
        }

        func stop() -> Int {
            isOver.withLockedValue { $0 = true }
            end.wait()
            return losses
        }
    }

    @Test("whoever is kept off a file in use closes nothing but what it opened")
    func lockClosesItsOwn() throws {
        let folder = NSTemporaryDirectory() + "/nac-test-\(UUID())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try SQLiteStore.open(path: folder + "/nac.db")
        let taker = Taker()
        let codes = Set((0..<20_000).map { _ in failure(opening: folder + "/nac.db")?.code })
        #expect(taker.stop() == 0)
        #expect(codes == [.inUse])
        try store.close()
    }

    @Test("a file of a newer version is refused and left as it is")
    func newerVersion() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder + "/nac.db"
            try SQLiteStore.open(path: path).close()
            let queue = try DatabaseQueue(path: path)
            try await queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('v99')") }
            try queue.close()
            let error = failure(opening: path)
            #expect(error?.code == .newerVersion)
            #expect(error?.message.contains(path) == true)
        }
    }

    @Test("a database of another program is refused and left as it is")
    func foreign() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder + "/other.db"
            let queue = try DatabaseQueue(path: path)
            try await queue.write { try $0.execute(sql: "CREATE TABLE recipe (name TEXT)") }
            try queue.close()
            #expect(failure(opening: path)?.code == .corrupt)
            let again = try DatabaseQueue(path: path)
            #expect(try await again.read { try String.fetchAll($0, sql: "SELECT name FROM sqlite_master") } == ["recipe"])
        }
    }

    @Test("a file that is no database is refused and left as it is")
    func garbage() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder + "/nac.db"
            let text = String(repeating: "this is a letter, not a database. ", count: 200)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(failure(opening: path)?.code == .corrupt)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        }
    }

    @Test("a damaged file is a clear error, at the start or at the first call that meets the damage")
    func corrupt() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder + "/nac.db"
            let store = try SQLiteStore.open(path: path)
            let sessions = (0..<200).map { Fixture.session(flow: Fixture.flow("198.51.100.\($0)")) }
            for session in sessions { _ = try await store.create(SessionCreation(session: session)) }
            try store.close()
            let handle = try #require(FileHandle(forUpdatingAtPath: path))
            try handle.seek(toOffset: 8192)
            try handle.write(contentsOf: Data(repeating: 0xa5, count: 65_536))
            try handle.close()
            var codes: [StoreError.Code?] = []
            do {
                let damaged = try SQLiteStore.open(path: path)
                codes.append(await failure(of: { _ = try await damaged.sessions(after: nil, limit: 1000) }))
                codes.append(await failure(of: { _ = try await damaged.create(SessionCreation(session: Fixture.session())) }))
            } catch let error as StoreError {
                codes.append(error.code)
            }
            #expect(codes.contains(.corrupt))
        }
    }

    @Test("a folder that is not there, and one that cannot be written, are named")
    func folders() async throws {
        try await TemporaryFolder.with { folder in
            let missing = failure(opening: folder + "/nowhere/nac.db")
            #expect(missing?.message.contains("/nowhere/nac.db") == true)
        }
    }

    @Test("a full disk fails the calls that would write, loses nothing, and reading goes on")
    func fullDisk() async throws {
        try await TemporaryFolder.with { folder in
            let store = try SQLiteStore.open(path: folder + "/nac.db")
            let first = Fixture.session(flow: Fixture.flow("198.51.100.1"))
            _ = try await store.create(SessionCreation(session: first))
            try await store.limitFile(toPages: 1)
            var codes: Set<StoreError.Code> = []
            for index in 0..<500 {
                let session = Fixture.session(flow: Fixture.flow("198.51.\(index / 250 + 101).\(index % 250)"))
                if let code = await failure(of: { _ = try await store.create(SessionCreation(session: session)) }) {
                    codes.insert(code)
                    #expect(try await store.session(session.id) == nil)
                }
            }
            #expect(codes == [.full])
            #expect(try await store.session(first.id) == first)
            try await store.limitFile(toPages: 1_000_000)
            #expect(try await store.create(SessionCreation(session: Fixture.session(flow: Fixture.flow("203.0.113.9")))).isCreated)
            try store.close()
        }
    }

    @Test("a full queue refuses at once and takes calls again when it is empty")
    func overload() async throws {
        let store = try SQLiteStore.inMemory(queueCapacity: 4)
        let outcomes = await withTaskGroup(of: StoreError.Code?.self) { group in
            for index in 0..<300 {
                group.addTask {
                    let session = Fixture.session(flow: Fixture.flow("198.51.\(index / 250).\(index % 250)"))
                    return await failure(of: { _ = try await store.create(SessionCreation(session: session)) })
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.allSatisfy { $0 == nil || $0 == .overloaded })
        #expect(try await store.count() == outcomes.filter { $0 == nil }.count)
        #expect(try await store.create(SessionCreation(session: Fixture.session(flow: Fixture.flow("203.0.113.9")))).isCreated)
    }

    @Test("a closed store says so")
    func closed() async throws {
        try await TemporaryFolder.with { folder in
            let store = try SQLiteStore.open(path: folder + "/nac.db")
            try store.close()
            #expect(await failure(of: { _ = try await store.count() }) == .closed)
        }
    }
}
