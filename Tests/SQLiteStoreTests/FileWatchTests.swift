import GRDB
import QoDTestSupport
import Testing

@testable import SQLiteStore

@Suite struct FileWatchTests {
    @Test("several threads may check the files at once")
    func manyThreads() async throws {
        try await TemporaryFolder.with { folder in
            let path = "\(folder)/nac.db"
            try SQLiteStore.open(path: path).close()
            let file = try OpenedFile(path: path)
            let pool = try DatabasePool(path: path, configuration: SQLiteStore.configuration())
            let checkpoints = try Checkpoints(path: path, configuration: SQLiteStore.configuration())
            let watch = FileWatch(file, checkpoints: checkpoints) {}
            defer { watch.stop() }
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask { for _ in 0..<20_000 { try watch.verify() } }
                }
                try await group.waitForAll()
            }
            try checkpoints.close()
            try pool.close()
        }
    }
}
