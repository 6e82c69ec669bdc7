import Foundation
import GRDB
import QoDTestSupport
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension Integration {
    /// The platform's use of its database file, also while other programs use the file.
    @Suite struct DatabaseFileTests {
        private func body(_ number: Int) -> String {
            """
            {"device":{"phoneNumber":"+99999991000"},"applicationServer":{"ipv4Address":"198.51.100.\(number)"},"qosProfile":"QOS_L","duration":3600}
            """
        }

        private func refusal(in folder: String, database: String) async throws -> String {
            let other = ["NAC_NETWORK_JOURNAL": "\(folder)/other"]
            let process = try ServerProcess.launch(in: folder, ["--database", "sqlite:\(database)"], environment: other)
            #expect(try await process.exitCode(within: .seconds(60)) == 74, "\(process.errors)")
            return process.errors
        }

        @Test("a second platform is kept off by whichever name it knows the file, and without the lock file too")
        func otherNames() async throws {
            try await TemporaryFolder.with { folder in
                let server = try await ServerProcess.start(in: folder)
                symlink("\(folder)/nac.db", "\(folder)/symbolic.db")
                link("\(folder)/nac.db", "\(folder)/hard.db")
                unlink("\(folder)/nac.db-lock")
                for name in ["nac.db", "symbolic.db", "hard.db"] {
                    #expect(try await refusal(in: folder, database: name).contains("is in use by another process"), "\(name)")
                }
                #expect(try await RawClient(address: server.address).create(body(1)).status == 201)
                try await server.stop()
            }
        }

        @Test(
            "a database that is deleted, replaced or truncated under a running platform takes nothing more, and readiness says so",
            arguments: ["nac.db deleted", "nac.db replaced", "nac.db truncated", "nac.db-wal deleted", "nac.db-wal replaced", "nac.db-wal truncated"])
        func lostFile(how: String) async throws {
            try await TemporaryFolder.with { folder in
                let server = try await ServerProcess.start(in: folder)
                let api = RawClient(address: server.address)
                #expect(try await api.create(body(1)).status == 201)
                #expect(try await api.send("GET", "/health/ready").status == 200)
                let words = how.split(separator: " ")
                let path = "\(folder)/\(words[0])"
                switch words[1] {
                case "deleted": unlink(path)
                case "replaced":
                    try FileManager.default.copyItem(atPath: path, toPath: "\(path).copy")
                    rename("\(path).copy", path)
                default:
                    truncate(path, 0)
                }
                #expect(try await api.create(body(2)).status == 503)
                let ready = try await api.send("GET", "/health/ready")
                #expect(ready.status == 503)
                #expect(String(decoding: ready.body, as: UTF8.self).contains("deleted, replaced or truncated"))
                try await wait(upTo: .seconds(60), for: "the error in the log") { server.process.errors.contains("The store does not work") }
                #expect(server.process.errors.contains("\(words[0]) was "))
                try await server.kill()
            }
        }

        @Test("another program may bring the log into the file and empty it meanwhile")
        func foreignCheckpoint() async throws {
            try await TemporaryFolder.with { folder in
                let server = try await ServerProcess.start(in: folder)
                let api = RawClient(address: server.address)
                for round in 1...5 {
                    #expect(try await api.create(body(round)).status == 201)
                    let shell = Process()
                    shell.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                    shell.arguments = [
                        "python3", "-c",
                        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], 30); print(c.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchone())",
                        "\(folder)/nac.db",
                    ]
                    try shell.run()
                    shell.waitUntilExit()
                    #expect(shell.terminationStatus == 0)
                    #expect(try await api.send("GET", "/health/ready").status == 200, "round \(round)")
                }
                #expect(try await api.create(body(9)).status == 201)
                #expect(!server.process.errors.contains("The store does not work"))
                try await server.stop()
            }
        }

        @Test("while another program holds the database's lock the platform is not ready and says why, and is ready again after it")
        func foreignWriter() async throws {
            try await TemporaryFolder.with { folder in
                let server = try await ServerProcess.start(in: folder)
                let api = RawClient(address: server.address)
                var configuration = Configuration()
                configuration.allowsUnsafeTransactions = true
                // The platform may hold the lock for a moment just after its start.
                configuration.busyMode = .timeout(30)
                let queue = try DatabaseQueue(path: "\(folder)/nac.db", configuration: configuration)
                try await queue.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
                try await wait(upTo: .seconds(60), for: "readiness to go") {
                    let answer = try await api.send("GET", "/health/ready")
                    return answer.status == 503 && String(decoding: answer.body, as: UTF8.self).contains("holds the lock")
                }
                try await queue.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
                try await wait(upTo: .seconds(60), for: "readiness to come back") { try await api.send("GET", "/health/ready").status == 200 }
                try queue.close()
                try await server.stop()
            }
        }

        @Test("files are for the platform's user alone, also those that others could read before")
        func modes() async throws {
            try await TemporaryFolder.with { folder in
                let former = umask(0o022)
                defer { umask(former) }
                let names = ["nac.db", "nac.db-wal", "nac.db-shm", "nac.db-lock", "network.journal"]
                for round in 1...2 {
                    let server = try await ServerProcess.start(in: folder)
                    #expect(try await RawClient(address: server.address).create(body(round)).status == 201)
                    for name in names {
                        let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.posixPermissions] as? Int
                        #expect(mode == 0o600, "\(name): \(String(mode ?? 0, radix: 8))")
                    }
                    try await server.kill()
                    for name in names { chmod("\(folder)/\(name)", 0o644) }
                }
            }
        }
    }
}
