import Logging
import Metrics
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// A network whose calls end. A call that does not return in time is given up, and its outcome is unknown.
///
/// A given-up call keeps its resources until it returns. So the number of such calls has a limit; at the limit, no
/// new call begins. A call that returns late may have changed the network without the engine's knowledge. So the
/// engine then compares everything.
final class TimedNetwork: NetworkDriver {
    enum Kind: String, CaseIterable {
        case program, release, inventory, traffic
    }

    private struct State {
        var open: [Int: any OpenCall] = [:]
        var nextTicket = 0
        /// Calls that were given up and have not returned.
        var unreturned = 0
        var returnedLate: @Sendable () -> Void = {}
    }

    /// The largest number of given-up calls that have not returned.
    static let mostUnreturned = 256
    /// The same for calls that only read a session's traffic. Clients cause these calls, so programming keeps the other half.
    static let mostUnreturnedForTraffic = mostUnreturned / 2
    private let network: any NetworkDriver
    private let limit: Duration
    private let clock: any EngineClock
    private let logger: Logger
    private let state = NIOLockedValueBox(State())
    private let counters: [Kind: Counter]
    private let gauge: Gauge

    /// - Parameter limit: how long a call may take; a call that lists everything ten times as long.
    init(_ network: any NetworkDriver, at site: SiteName = .default, limit: Duration, clock: any EngineClock, logger: Logger) {
        self.network = network
        self.limit = limit
        self.clock = clock
        self.logger = logger
        counters = Dictionary(uniqueKeysWithValues: Kind.allCases.map {
            ($0, Counter(label: "nac_network_timeouts_total", dimensions: [("call", $0.rawValue), ("site", site.description)]))
        })
        gauge = Gauge(label: "nac_network_unreturned_calls", dimensions: [("site", site.description)])
        gauge.record(0)
    }

    var name: String { network.name }

    /// How many calls were given up and have not returned.
    var unreturnedCount: Int { state.withLockedValue { $0.unreturned } }

    /// Sets a function that runs each time a given-up call returns.
    func onLateReturn(_ body: @escaping @Sendable () -> Void) {
        state.withLockedValue { $0.returnedLate = body }
    }

    /// A call of this kind is either for orders to serve or for orders to release.
    func apply(_ orders: [Order]) async -> [Result<Answer, NetworkError>] {
        guard let first = orders.first else { return [] }
        do throws(NetworkError) {
            let results = try await call(first.grant == nil ? .release : .program, limit) { [network] () async throws(NetworkError) in
                await network.apply(orders)
            }
            guard results.count == orders.count else {
                throw NetworkError(.unknownOutcome, "the driver answered \(results.count) of \(orders.count) orders")
            }
            return results
        } catch {
            return orders.map { _ in .failure(error) }
        }
    }

    func inventory(after id: SessionID?, limit count: Int) async throws(NetworkError) -> [Held]? {
        try await call(.inventory, limit * 10) { [network] () async throws(NetworkError) in
            try await network.inventory(after: id, limit: count)
        }
    }

    func traffic(of session: SessionID) async throws(NetworkError) -> SessionTraffic? {
        try await call(.traffic, limit) { [network] () async throws(NetworkError) in try await network.traffic(of: session) }
    }

    /// This call has no time limit: it works for as long as the engine does.
    func run(report: @escaping @Sendable ([NetworkReport]) async -> Void) async throws {
        try await network.run(report: report)
    }

    // MARK: Time

    /// Gives up the calls that have timed out; to be called again and again.
    ///
    /// A call is given up at its second late check. So a process that stood still does not give up a call whose
    /// answer is already waiting.
    func giveUpOverdue() {
        let now = clock.uptime
        let late = state.withLockedValue { state in state.open.filter { $0.value.isLate(at: now) } }
        for ticket in late.keys { giveUp(ticket) }
    }

    private func call<Value: Sendable>(
        _ kind: Kind, _ limit: Duration, _ body: @escaping @Sendable () async throws(NetworkError) -> Value
    ) async throws(NetworkError) -> Value {
        let call = TimedCall<Value>(kind, due: clock.uptime + limit, limit: limit)
        let most = kind == .traffic ? Self.mostUnreturnedForTraffic : Self.mostUnreturned
        guard let ticket = enter(call, most) else {
            throw NetworkError("\(most) calls of the network have not returned, so none is begun")
        }
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                call.begin(continuation) {
                    let answer: Result<Value, NetworkError>
                    do throws(NetworkError) { answer = .success(try await body()) } catch { answer = .failure(error) }
                    self.returned(ticket, call.finish(answer))
                }
            }
        } onCancel: {
            call.cancel()
            // A driver that ignores the cancellation gets five more seconds.
            Task {
                try? await self.clock.sleep(for: .seconds(5))
                self.giveUp(ticket)
            }
        }
        return try result.get()
    }

    private func enter(_ call: any OpenCall, _ most: Int) -> Int? {
        state.withLockedValue { state in
            guard state.unreturned < most else { return nil }
            state.nextTicket += 1
            state.open[state.nextTicket] = call
            return state.nextTicket
        }
    }

    private func giveUp(_ ticket: Int) {
        // The count grows before the caller learns of the timeout, because the call may return at any moment.
        let (call, count) = state.withLockedValue { state -> ((any OpenCall)?, Int) in
            guard let call = state.open[ticket], call.giveUp() else { return (nil, 0) }
            state.unreturned += 1
            return (call, state.unreturned)
        }
        guard let call else { return }
        gauge.record(count)
        counters[call.kind]?.increment()
        logger.error("A call of the network does not return; what became of it is unknown", metadata: [
            "network": "\(name)", "call": "\(call.kind.rawValue)", "unreturned": "\(count)",
        ])
        call.tellGivenUp()
    }

    private func returned(_ ticket: Int, _ isInTime: Bool) {
        let (count, late) = state.withLockedValue { state in
            state.open[ticket] = nil
            if !isInTime { state.unreturned -= 1 }
            return (state.unreturned, state.returnedLate)
        }
        guard !isInTime else { return }
        gauge.record(count)
        logger.notice("A call of the network returned after it was given up", metadata: ["network": "\(name)", "unreturned": "\(count)"])
        late()
    }
}

/// A call that has not returned, for every type of result.
private protocol OpenCall: AnyObject, Sendable {
    var kind: TimedNetwork.Kind { get }
    /// Whether the call is late now and was already late at the check before.
    func isLate(at now: Duration) -> Bool
    /// - Returns: whether the caller waited for the call until now.
    func giveUp() -> Bool
    func tellGivenUp()
}

private final class TimedCall<Value: Sendable>: OpenCall {
    typealias Continuation = UnsafeContinuation<Result<Value, NetworkError>, Never>

    private enum Phase {
        case waiting(Continuation?)
        case givenUp(Continuation?)
        case done
    }

    private struct State {
        var phase = Phase.waiting(nil)
        var task: Task<Void, Never>?
        var isCancelled = false
        var wasLate = false
    }

    let kind: TimedNetwork.Kind
    private let due: Duration
    private let limit: Duration
    private let state = NIOLockedValueBox(State())

    init(_ kind: TimedNetwork.Kind, due: Duration, limit: Duration) {
        self.kind = kind
        self.due = due
        self.limit = limit
    }

    func begin(_ continuation: Continuation, _ work: @escaping @Sendable () async -> Void) {
        state.withLockedValue { $0.phase = .waiting(continuation) }
        let task = Task { await work() }
        let isCancelled = state.withLockedValue { state in
            state.task = task
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    func cancel() {
        let task = state.withLockedValue { state in
            state.isCancelled = true
            return state.task
        }
        task?.cancel()
    }

    func isLate(at now: Duration) -> Bool {
        state.withLockedValue { state in
            guard now >= due, case .waiting = state.phase else { return false }
            defer { state.wasLate = true }
            return state.wasLate
        }
    }

    func giveUp() -> Bool {
        state.withLockedValue { state in
            guard case .waiting(let continuation?) = state.phase else { return false }
            state.phase = .givenUp(continuation)
            return true
        }
    }

    func tellGivenUp() {
        let (continuation, task) = state.withLockedValue { state -> (Continuation?, Task<Void, Never>?) in
            guard case .givenUp(let continuation?) = state.phase else { return (nil, nil) }
            state.phase = .givenUp(nil)
            return (continuation, state.task)
        }
        // The call may still wait for its turn in the driver, and then need not begin.
        task?.cancel()
        continuation?.resume(returning: .failure(NetworkError(.unknownOutcome, "the network did not answer within \(limit)")))
    }

    /// - Returns: whether the answer came in time.
    func finish(_ answer: Result<Value, NetworkError>) -> Bool {
        let (continuation, isInTime) = state.withLockedValue { state -> (Continuation?, Bool) in
            switch state.phase {
            case .waiting(let continuation):
                state.phase = .done
                return (continuation, true)
            case .givenUp, .done:
                return (nil, false)
            }
        }
        continuation?.resume(returning: answer)
        return isInTime
    }
}
