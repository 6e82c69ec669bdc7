import NIOCore
import NIOHTTP1
import Testing

@testable import QoDServer

@Suite("A connection's deadlines")
struct ConnectionStateTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func state() -> ConnectionState {
        ConnectionState(ConnectionRules(ServerConfiguration()), now: start)
    }

    private func exchange(_ headers: HTTPHeaders) throws -> ConnectionState.Exchange {
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/", headers: HTTPHeaders([("host", "a")] + headers.map { ($0.name, $0.value) }))
        return ConnectionState.Exchange(try RequestHead(head), now: start)
    }

    private enum Outcome: Equatable { case nothing, close, refuseBody }

    private func due(_ state: inout ConnectionState, after seconds: Int64, buffered: Int = 0) -> Outcome {
        switch state.due(at: start + .seconds(seconds), buffered: buffered) {
        case .nothing: .nothing
        case .close: .close
        case .refuseBody: .refuseBody
        }
    }

    @Test("a first head has less time than one between requests")
    func heads() {
        var state = state()
        #expect(due(&state, after: 9) == .nothing && due(&state, after: 10) == .close)
        state.hasSpoken = true
        #expect(due(&state, after: 59) == .nothing && due(&state, after: 60) == .close)
    }

    @Test("a body has its time, and an answer as long as it takes")
    func bodies() throws {
        var state = state()
        var exchange = try exchange(["content-length": "10"])
        state.phase = .exchange(exchange)
        #expect(due(&state, after: 29) == .nothing && due(&state, after: 30) == .refuseBody)
        exchange.isAnswering = true
        state.phase = .exchange(exchange)
        #expect(due(&state, after: 30) == .close)
        exchange.hasEnded = true
        state.phase = .exchange(exchange)
        #expect(due(&state, after: 3000) == .nothing)
    }

    @Test("a client that takes nothing of what is written is not waited for, one that reads slowly is")
    func writing() throws {
        var state = state()
        state.hasSpoken = true
        var exchange = try exchange([:])
        exchange.hasEnded = true
        for phase in [ConnectionState.Phase.idle, .exchange(exchange), .closing(until: start)] {
            state.phase = phase
            for minute in 1...20 as ClosedRange<Int64> { #expect(due(&state, after: minute * 50, buffered: 1000 - Int(minute)) == .nothing) }
            #expect(due(&state, after: 1059, buffered: 980) == .nothing && due(&state, after: 1060, buffered: 980) == .close)
            state.stalled = nil
        }
    }

    @Test("nothing outlives the time to drain")
    func draining() throws {
        var state = state()
        state.drainsUntil = start + .seconds(10)
        var exchange = try exchange([:])
        exchange.hasEnded = true
        for phase in [ConnectionState.Phase.exchange(exchange), .closing(until: start + .seconds(100))] {
            state.phase = phase
            #expect(due(&state, after: 9, buffered: 5) == .nothing && due(&state, after: 10, buffered: 4) == .close)
        }
    }

    @Test("ends with an answer that leaves too much of the body unread", arguments: [
        ("content-length", "65536", false), ("content-length", "65537", true), ("transfer-encoding", "chunked", true), ("expect", "100-continue", true),
    ])
    func unread(_ name: String, _ value: String, _ ends: Bool) throws {
        var exchange = try exchange([name: value])
        #expect(exchange.leavesTooMuch == ends)
        exchange.hasEnded = true
        #expect(!exchange.leavesTooMuch)
    }
}
