import Foundation
import QoDTestSupport
import Testing

extension Integration {
    /// A program that reads the database for a long time.
    @Suite(.enabled(if: ["/usr/bin/python3"].contains { FileManager.default.isExecutableFile(atPath: $0) }, "needs python3"))
    struct LongLogTests {
        /// Each creation writes some hundred kilobytes.
        private static func body(_ number: Int) -> String {
            let ports = (1...8000).map { "\(8 * $0)" }.joined(separator: ",")
            return """
                {"device":{"phoneNumber":"+99999991000"},"applicationServer":{"ipv4Address":"198.51.\(number / 250).\(number % 250 + 1)"},\
                "applicationServerPorts":{"ports":[\(ports)]},"devicePorts":{"ports":[\(ports)]},"qosProfile":"QOS_L","duration":3600}
                """
        }

        private static let reader = """
            import os, sqlite3, sys, time
            database = sqlite3.connect(sys.argv[1], 30, isolation_level=None)
            database.execute('BEGIN')
            print(database.execute('SELECT count(*) FROM session').fetchone(), flush=True)
            while not os.path.exists(sys.argv[2]): time.sleep(0.02)
            """

        @Test("the log of a database that is read without an end is warned about while it grows, until the reader ends", .timeLimit(.minutes(5)))
        func foreignReader() async throws {
            try await TemporaryFolder.with { folder in
                let server = try await ServerProcess.start(in: folder, environment: ["NAC_LIMITS_SESSIONS_PER_DEVICE": "0"])
                let api = RawClient(address: server.address)
                #expect(try await api.create(Self.body(0)).status == 201)
                let reader = try ChildProcess("/usr/bin/python3", ["-c", Self.reader, "\(folder)/nac.db", "\(folder)/end"], in: folder)
                try await wait(upTo: .seconds(60), for: "the snapshot") { !reader.output.isEmpty || !reader.isRunning }
                try #require(reader.isRunning, "\(reader.errors)")
                var number = 0
                while !server.process.errors.contains("kind=longLog") {
                    number += 1
                    try #require(number < 3000, "no warning")
                    try #require(try await api.create(Self.body(number)).status == 201)
                }
                let metrics = String(decoding: try await api.send("GET", "/metrics").body, as: UTF8.self)
                let size = try #require(metrics.firstMatch(of: /\nnac_store_log_bytes ([0-9]+)/).flatMap { Int($0.1) })
                print("log: warned after \(number) creations at \(size >> 20) MiB")
                #expect(size >= 128_000_000)
                #expect(try await api.send("GET", "/health/ready").status == 200, "a long log stops nothing")

                try Data().write(to: URL(filePath: "\(folder)/end"))
                _ = try await reader.exitCode(within: .seconds(30))
                try await wait(upTo: .seconds(120), for: "the end of the warning") {
                    number += 1
                    try #require(try await api.create(Self.body(number)).status == 201)
                    return server.process.errors.contains("The store needs no attention any more")
                }
                try await server.stop(within: .seconds(60))
            }
        }
    }
}
