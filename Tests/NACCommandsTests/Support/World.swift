import Foundation
import NIOConcurrencyHelpers
import NetworkAsCode
import QualityOnDemand
import SessionEngine

@testable import NACCommands
@testable import Platform

/// The Testing library has a type `ExitStatus` too.
typealias Status = NACCommands.ExitStatus

extension NAC {
    /// Runs a command that needs no store and no network.
    static func run(_ arguments: [String]) async -> Status {
        let parts = PlatformParts(
            openStore: { _ in throw StoreError(.failed, "no store here") }, openKeys: { _, _ in throw StoreError(.failed, "no keys here") },
            networks: [:])
        return await run(arguments, parts)
    }
}

/// The surroundings of one command: its output, the server's answers, and a clock on which waiting takes no real time.
final class World: Sendable {
    /// 2026-03-01T10:00:00Z
    static let start = Timestamp(milliseconds: 1_772_359_200_000)

    struct Reply: Sendable {
        var status: Int
        var body: String
        var headers: HeaderFields

        init(_ status: Int, _ body: String = "", headers: HeaderFields = [:]) {
            self.status = status
            self.body = body
            self.headers = headers
        }
    }

    struct Sent: Equatable, Sendable {
        var method: String
        var path: String
        var body: String
        var authorisation: String?
    }

    private struct State {
        var output = ""
        var errors = ""
        var now = World.start
        var replies: [Reply] = []
        var sent: [Sent] = []
    }

    private let state: NIOLockedValueBox<State>
    private let environment: [String: String]
    /// The columns of the terminal; `nil` for a pipe.
    private let columns: Int?

    /// - Parameter replies: The server's answers, in order; the last one answers all further requests.
    init(_ replies: Reply..., environment: [String: String] = [:], columns: Int? = nil) {
        var state = State()
        state.replies = replies
        self.state = NIOLockedValueBox(state)
        self.environment = environment
        self.columns = columns
    }

    var output: String { state.withLockedValue { $0.output } }
    var errors: String { state.withLockedValue { $0.errors } }
    var sent: [Sent] { state.withLockedValue { $0.sent } }

    /// Runs `nac` with these arguments.
    func run(_ arguments: String...) async -> Status {
        await Surroundings.$current.withValue(surroundings) { await NAC.run(arguments) }
    }

    var surroundings: Surroundings {
        let state = state
        let columns = columns
        let time = TimeSource(
            sleep: { duration in
                try Task.checkCancellation()
                state.withLockedValue { $0.now = $0.now.adding(milliseconds: Int64(duration / .milliseconds(1))) }
            },
            uptime: { state.withLockedValue { $0.now }.since(World.start) }, wallTime: { state.withLockedValue { $0.now } })
        return Surroundings(
            environment: environment,
            output: TextStream(
                write: { text throws(WriteError) in state.withLockedValue { $0.output += text } }, isTerminal: columns != nil, width: { columns }),
            errors: TextStream(
                write: { text throws(WriteError) in state.withLockedValue { $0.errors += text } }, isTerminal: false, width: { nil }),
            time: time, transport: self)
    }
}

extension World: HTTPTransport {
    func send(_ request: TransportRequest) async throws -> TransportResponse {
        let url = request.url
        let sent = Sent(
            method: request.method, path: url.path() + (url.query().map { "?\($0)" } ?? ""),
            body: String(decoding: request.body ?? [], as: UTF8.self), authorisation: request.headers["Authorization"])
        let reply = state.withLockedValue { state -> Reply? in
            state.sent.append(sent)
            return state.replies.count > 1 ? state.replies.removeFirst() : state.replies.first
        }
        guard let reply else { throw TransportError(.notConnected, message: "\(url.host() ?? ""): connection refused") }
        return TransportResponse(status: reply.status, headers: reply.headers, body: Array(reply.body.utf8))
    }
}

extension World.Reply {
    static let id = "0190aaaa-0000-7000-8000-000000000001"

    /// A session that became available at `start` and lasts an hour.
    static func session(_ status: Int = 200, id: String = id, qosStatus: String = "AVAILABLE", more: String = "") -> World.Reply {
        World.Reply(status, json(id: id, qosStatus: qosStatus, more: more))
    }

    static func sessions(_ ids: String...) -> World.Reply {
        World.Reply(200, "[" + ids.map { json(id: $0) }.joined(separator: ",") + "]")
    }

    static func error(_ status: Int, _ code: String, _ message: String, headers: HeaderFields = [:]) -> World.Reply {
        World.Reply(status, #"{"status":\#(status),"code":"\#(code)","message":"\#(message)"}"#, headers: headers)
    }

    static func json(id: String = id, qosStatus: String = "AVAILABLE", more: String = "") -> String {
        let times = #","startedAt":"2026-03-01T10:00:00Z","expiresAt":"2026-03-01T11:00:00Z""#
        return #"{"device":{"phoneNumber":"+99999991000"},"applicationServer":{"ipv4Address":"233.252.0.2"},"qosProfile":"QOS_L","#
            + #""sessionId":"\#(id)","duration":3600\#(qosStatus == "REQUESTED" ? "" : times),"qosStatus":"\#(qosStatus)"\#(more)}"#
    }
}
