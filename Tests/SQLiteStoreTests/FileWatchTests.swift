import GRDB
import QoDTestSupport
import Testing

@testable import SQLiteStore

@Suite struct FileWatchTests {
    @Test("the files are checked by several threads at once, and each check counts for the others")
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
                for number in 0..<4 {
                    group.addTask {
                        for _ in 0..<20_000 {
                            if number < 2 { try watch.verify() } else { try watch.verifyAgain() }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try checkpoints.close()
            try pool.close()
        }
    }
}
