public import Southbound
import Synchronization

/// A network as a 5G core's exposure function is one: it gives each flow a name of its own, wants that name back, and
/// may be unable to list. A driver is no more than this; it imports nothing but `Southbound`.
public final class HandleNetwork: NetworkDriver {
    public struct Subscription: Sendable {
        public let handle: NetworkHandle
        public var held: Held
        public var grant: Grant
    }

    private struct State {
        var subscriptions: [SessionID: Subscription] = [:]
        var created = 0
        var orders: [Order] = []
        var faults: [SessionID: NetworkError] = [:]
        var fault: NetworkError?
        var isHanging = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var answersPending = false
    }

    public let name = "handles"
    private let lists: Bool
    private let state = Mutex(State())
    private let reports: AsyncStream<NetworkReport>
    private let reporter: AsyncStream<NetworkReport>.Continuation

    /// - Parameter lists: whether the network can list what it holds.
    public init(lists: Bool = true) {
        self.lists = lists
        (reports, reporter) = AsyncStream.makeStream(of: NetworkReport.self)
    }

    // MARK: Scripts

    public var subscriptions: [SessionID: Subscription] { state.withLock { $0.subscriptions } }
    /// All orders so far.
    public var orders: [Order] { state.withLock { $0.orders } }
    /// Whether no call can work now.
    public var isBroken: Bool { state.withLock { $0.isHanging || $0.fault != nil } }
    /// How many calls have not returned because the network hangs.
    public var hangingCalls: Int { state.withLock { $0.waiting.count } }

    public func fail(_ error: NetworkError?, for session: SessionID? = nil) {
        state.withLock { state in
            if let session { state.faults[session] = error } else { state.fault = error }
        }
    }

    public func answerPending(_ isPending: Bool) { state.withLock { $0.answersPending = isPending } }

    /// Acts as if the network had obeyed later orders, which the store does not know.
    public func outgrow(_ session: SessionID, by generations: Int64) {
        state.withLock { state in
            guard let known = state.subscriptions[session] else { return }
            let held = Held(
                session: session, generation: known.held.generation + generations, fingerprint: 1, handle: known.handle)
            state.subscriptions[session]?.held = held
        }
    }

    public func loseEverything() { state.withLock { $0.subscriptions = [:] } }

    public func hang(_ isHanging: Bool) {
        let waiting = state.withLock { state in
            state.isHanging = isHanging
            defer { if !isHanging { state.waiting = [] } }
            return isHanging ? [] : state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    public func report(_ report: NetworkReport) { reporter.yield(report) }

    // MARK: NetworkDriver

    public func apply(_ orders: [Order]) async -> [Result<Answer, NetworkError>] {
        await waitWhileHanging()
        return state.withLock { state in orders.map { Self.obey($0, &state) } }
    }

    public func inventory(after id: SessionID?, limit: Int) async throws(NetworkError) -> [Held]? {
        await waitWhileHanging()
        guard lists else { return nil }
        return try state.withLock { state throws(NetworkError) in
            if let fault = state.fault { throw fault }
            return state.subscriptions.values.map(\.held).filter { held in id.map { $0 < held.session } ?? true }
                .sorted { $0.session < $1.session }.prefix(limit).map { $0 }
        }
    }

    public func run(report: @escaping @Sendable ([NetworkReport]) async -> Void) async throws {
        for await one in reports { await report([one]) }
        try Task.checkCancellation()
    }

    private func waitWhileHanging() async {
        await withCheckedContinuation { continuation in
            let hangs = state.withLock { state in
                if state.isHanging { state.waiting.append(continuation) }
                return state.isHanging
            }
            if !hangs { continuation.resume() }
        }
    }

    private static func obey(_ order: Order, _ state: inout State) -> Result<Answer, NetworkError> {
        state.orders.append(order)
        if let fault = state.fault ?? state.faults[order.session] { return .failure(fault) }
        let known = state.subscriptions[order.session]
        if let known, known.held.generation > order.generation { return .success(.outdated) }
        guard let grant = order.grant else {
            guard let known else { return .success(.released) }
            // The network knows its subscriptions by their handles only.
            guard order.handle == nil || order.handle == known.handle else { return .failure(NetworkError("no such handle")) }
            state.subscriptions[order.session] = nil
            return .success(.released)
        }
        if known == nil { state.created += 1 }
        let handle = known?.handle ?? NetworkHandle("subscriptions/\(state.created)")
        let held = Held(
            session: order.session, generation: order.generation, fingerprint: order.fingerprint, handle: handle)
        state.subscriptions[order.session] = Subscription(handle: handle, held: held, grant: grant)
        return .success(state.answersPending ? .pending(handle) : .ready(handle))
    }
}
