import NIOConcurrencyHelpers
import QualityOnDemand
import SessionEngine
import Southbound
import SimulatedNetwork

/// The simulated network, but each call that contains a poisoned session fails or never returns.
final class PoisonedNetwork: NetworkDriver {
    private struct State {
        var poison: Set<SessionID> = []
        var poisonedServer: String?
        var isDeadly = false
        var hasDied = false
        var hangs = false
        var running = 0
        var mostRunning = 0
        var calls = 0
    }

    let network: SimulatedNetwork
    private let state = NIOLockedValueBox(State())

    init(_ network: SimulatedNetwork) {
        self.network = network
    }

    var name: String { network.name }

    /// Makes all sessions to this server poison from now on.
    func poison(server: String) { state.withLockedValue { $0.poisonedServer = server } }

    /// Whether a call with poison ends the process instead of failing. Such a call returns only
    /// when the test kills the engine.
    var isDeadly: Bool {
        get { state.withLockedValue { $0.isDeadly } }
        set { state.withLockedValue { $0.isDeadly = newValue } }
    }

    /// Whether calls return only when the test kills the engine.
    var hangs: Bool {
        get { state.withLockedValue { $0.hangs } }
        set { state.withLockedValue { $0.hangs = newValue } }
    }

    /// Whether a real process would have ended by now.
    var hasDied: Bool { state.withLockedValue { $0.hasDied } }
    func revive() { state.withLockedValue { $0.hasDied = false } }

    var mostRunning: Int { state.withLockedValue { $0.mostRunning } }
    var calls: Int { state.withLockedValue { $0.calls } }

    private func enter(_ isPoison: (State) -> Bool) async throws(NetworkError) {
        let (poisoned, deadly, hangs) = state.withLockedValue { state in
            let poisoned = isPoison(state)
            state.running += 1
            state.calls += 1
            state.mostRunning = max(state.mostRunning, state.running)
            if poisoned, state.isDeadly { state.hasDied = true }
            return (poisoned, state.isDeadly, state.hangs)
        }
        defer { state.withLockedValue { $0.running -= 1 } }
        if hangs || poisoned && deadly {
            while !Task.isCancelled, self.hangs || self.hasDied { try? await Task.sleep(for: .milliseconds(5)) }
            throw NetworkError("the process has ended")
        }
        if poisoned { throw NetworkError("the network fails on one of the sessions") }
    }

    func apply(_ orders: [Order]) async -> [Result<Answer, NetworkError>] {
        if orders.contains(where: { $0.grant != nil }) {
            do throws(NetworkError) {
                try await enter { state in state.poisonedServer.map { server in orders.contains { $0.isServing(server) } } ?? false }
            } catch {
                return orders.map { _ in .failure(error) }
            }
        }
        return await network.apply(orders)
    }

    func inventory(after id: SessionID?, limit: Int) async throws(NetworkError) -> [Held]? {
        try await network.inventory(after: id, limit: limit)
    }

    func run(report: @escaping @Sendable ([NetworkReport]) async -> Void) async throws { try await network.run(report: report) }
}

extension Order {
    /// Whether the order is to serve a flow to this server.
    func isServing(_ server: String) -> Bool {
        grant?.flow.applicationServer.addresses.contains { $0.description == server } ?? false
    }
}
