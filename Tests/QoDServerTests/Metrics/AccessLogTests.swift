import HTTPTypes
import Logging
import NIOConcurrencyHelpers
import QoDTestSupport
import Testing

@testable import QoDServer

/// Keeps the log records.
private final class LogBook: Sendable {
    private let kept = NIOLockedValueBox<[(message: String, level: Logger.Level, fields: Logger.Metadata)]>([])

    var records: [(message: String, level: Logger.Level, fields: Logger.Metadata)] { kept.withLockedValue { $0 } }

    func logger(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "test") { _ in Handler(book: self) }
        logger.logLevel = level
        return logger
    }

    private struct Handler: LogHandler {
        let book: LogBook
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            book.kept.withLockedValue { $0.append(("\(event.message)", event.level, metadata.merging(event.metadata ?? [:]) { $1 })) }
        }
    }
}

@Suite("The log of requests")
struct AccessLogTests {
    private static let calls: [(Call, key: String?, client: String, operation: String, status: Int)] = [
        (Call(.post, Path.sessions, Body.create(["device": Body.phone(1004)])), "sandbox", "one", "createSession", 201),
        (Call(.post, Path.sessions, Body.create(["device": "{\"phoneNumber\": \"+99999991000x\"}"])), "sandbox", "one", "createSession", 400),
        (Call(.post, Path.sessions, "{\"device\": \"+99999991000"), "sandbox-2", "two", "createSession", 400),
        (Call(.get, Path.session(Operation.unknownSession)), "sandbox", "one", "getSession", 404),
        (Call(.get, Path.session(Operation.unknownSession)), "guessed-secret", "-", "getSession", 401),
        (Call(.get, Path.session(Operation.unknownSession), headers: ["Authorization": "Bearer eyJhbGciOiJub25lIn0.secret.token"]), nil, "-", "getSession", 401),
        (Call(.get, "/no/such/path?phoneNumber=%2B99999991000"), "sandbox", "-", "unknown", 404),
        (Call(.put, Path.sessions), "sandbox", "-", "unknown", 405),
        (Call(.get, Path.profile("QOS_L"), headers: ["x-correlator": "my-own-1"]), "sandbox", "one", "getQosProfile", 200),
        (Call(.get, Path.profile("QOS_L"), headers: ["x-correlator": "bad correlator +99999991000"]), "sandbox", "-", "unknown", 400),
        (Call(.post, "/qod/v0/retrieve-sessions", "{\"device\": \(Body.device)}"), "sandbox", "one", "retrieveSessionsV0", 200),
    ]

    @Test("has a line for each, also for errors, and no token, key, id or phone number in it")
    func lines() async throws {
        let book = LogBook()
        try await Platform.with(Setup { $0.logger = book.logger(.info) }) { platform in
            for (call, key, client, operation, status) in Self.calls {
                var caller = platform.caller
                caller.key = key
                let before = book.records.filter { $0.message == "Request" }.count
                let answer = try await caller.send(call)
                #expect(answer.status == status, "\(call): \(answer.body)")
                let lines = book.records.filter { $0.message == "Request" }.dropFirst(before)
                let line = try #require(lines.first)
                #expect(lines.count == 1 && line.level == .info)
                #expect(Set(line.fields.keys) == ["x-correlator", "client", "operation", "status", "ms"])
                #expect("\(line.fields["client"] ?? "")" == client && "\(line.fields["operation"] ?? "")" == operation, "\(line)")
                #expect("\(line.fields["status"] ?? "")" == "\(status)" && Double("\(line.fields["ms"] ?? "")") != nil)
                #expect("\(line.fields["x-correlator"] ?? "")" == answer.header("x-correlator"))
            }
        }
        let said = "\(book.records)"
        for secret in ["sandbox", "guessed-secret", "eyJ", "secret", "9999999", "01234567-89ab", "198.51.100", "?", "/sessions"] {
            #expect(!said.contains(secret), "the log has \(secret)")
        }
        #expect(said.contains("my-own-1"))
    }

    @Test("says nothing above info, and of what watches the platform only at debug")
    func levels() async throws {
        let cases: [(Logger.Level, [String])] = [(.notice, []), (.info, ["getQosProfile"]), (.debug, ["health", "getQosProfile"])]
        for (level, expected) in cases {
            let book = LogBook()
            try await Platform.with(Setup { $0.logger = book.logger(level) }) { platform in
                _ = try await platform.caller.send(.get, "/health/live")
                _ = try await platform.caller.send(.get, Path.profile("QOS_L"))
            }
            let operations = book.records.filter { $0.message == "Request" }.map { "\($0.fields["operation"] ?? "")" }
            #expect(operations == expected, "\(level)")
        }
    }
}
