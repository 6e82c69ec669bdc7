import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// A network that several servers program, and the directory of its devices.
final class SharedNetwork: Sendable {
    struct Service {
        var held: Held
        var handle: NetworkHandle
    }

    private struct State {
        var services: [SessionID: Service] = [:]
        var created = 0
        /// The sessions that the network will report as ready.
        var promised: [SessionID] = []
        var random: SeededGenerator
        var reporters: [Int: @Sendable ([NetworkReport]) async -> Void] = [:]
        var listeners: [Int: @Sendable ([DeviceKey]) async -> Void] = [:]
        var next = 0
        /// How often each device has moved.
        var moves: [Int: Int] = [:]
        var calls = 0
        var mostCalls = 0
    }

    private let state: NIOLockedValueBox<State>
    let lists: Bool

    /// - Parameter lists: whether the network can list what it holds.
    init(lists: Bool, random: SeededGenerator) {
        self.lists = lists
        state = NIOLockedValueBox(State(random: random))
    }

    var services: [SessionID: Service] { state.withLockedValue { $0.services } }
    /// The largest number of calls at the same time.
    var mostCalls: Int { state.withLockedValue { $0.mostCalls } }

    fileprivate func begin() {
        state.withLockedValue { state in
            state.calls += 1
            state.mostCalls = max(state.mostCalls, state.calls)
        }
    }

    fileprivate func end() { state.withLockedValue { $0.calls -= 1 } }

    func apply(_ orders: [Order]) -> [Result<Answer, NetworkError>] {
        state.withLockedValue { state in orders.map { Self.obey($0, &state) } }
    }

    private static func obey(_ order: Order, _ state: inout State) -> Result<Answer, NetworkError> {
        if state.random.oneIn(60) { return .failure(NetworkError("a made-up fault")) }
        // The order is obeyed, and the answer is lost.
        let isLost = state.random.oneIn(60)
        let known = state.services[order.session]
        if let known, known.held.generation > order.generation { return .success(.outdated) }
        guard order.grant != nil else {
            state.services[order.session] = nil
            return isLost ? .failure(NetworkError(.unknownOutcome, "a made-up loss")) : .success(.released)
        }
        if known == nil { state.created += 1 }
        let handle = known?.handle ?? NetworkHandle("service/\(state.created)")
        let held = Held(session: order.session, generation: order.generation, fingerprint: order.fingerprint, handle: handle)
        state.services[order.session] = Service(held: held, handle: handle)
        if isLost { return .failure(NetworkError(.unknownOutcome, "a made-up loss")) }
        guard known == nil, state.random.oneIn(5) else { return .success(.ready(handle)) }
        state.promised.append(order.session)
        return .success(.pending(handle))
    }

    func inventory(after id: SessionID?, limit: Int) -> [Held]? {
        guard lists else { return nil }
        return state.withLockedValue { state in
            Array(state.services.values.map(\.held).filter { held in id.map { $0 < held.session } ?? true }
                .sorted { $0.session < $1.session }.prefix(limit))
        }
    }

    /// Reports the promised sessions, and sometimes the end of one, to every server that lives.
    func report() {
        let (reports, reporters) = state.withLockedValue { state in
            var reports = state.promised.compactMap { id in
                state.services[id].map { NetworkReport.ready(id, generation: $0.held.generation) }
            }
            state.promised = []
            if state.random.oneIn(40), let ended = state.services.values.map(\.held).min(by: { $0.session < $1.session }) {
                reports.append(.ended(ended.session, generation: ended.generation, reason: "made up"))
            }
            return (reports, Array(state.reporters.values))
        }
        guard !reports.isEmpty else { return }
        for reporter in reporters { Task { await reporter(reports) } }
    }

    /// Gives a device other addresses, and tells every server that lives.
    func move(_ device: Int) {
        let listeners = state.withLockedValue { state in
            state.moves[device, default: 0] += 1
            return Array(state.listeners.values)
        }
        for listener in listeners { Task { await listener([Self.key(device)]) } }
    }

    static func number(_ device: Int) -> String { "+9999999\(device)" }
    static func key(_ device: Int) -> DeviceKey { DeviceKey("phone:\(number(device))") }

    func addresses(of device: Int) -> NetworkAddresses {
        Fixture.addresses(device + 100 * (state.withLockedValue { $0.moves[device] ?? 0 } % 9))
    }

    fileprivate func add(
        reporter: (@Sendable ([NetworkReport]) async -> Void)? = nil, listener: (@Sendable ([DeviceKey]) async -> Void)? = nil
    ) -> Int {
        state.withLockedValue { state in
            state.next += 1
            state.reporters[state.next] = reporter
            state.listeners[state.next] = listener
            return state.next
        }
    }

    fileprivate func remove(_ number: Int) {
        state.withLockedValue { state in
            state.reporters[number] = nil
            state.listeners[number] = nil
        }
    }
}

/// Waits until the task is cancelled.
private func untilCancelled() async throws {
    let (silence, continuation) = AsyncStream.makeStream(of: Never.self)
    for await _ in silence {}
    withExtendedLifetime(continuation) {}
    try Task.checkCancellation()
}

/// The driver of one server: each call is a step at which the server can stop.
struct SteppedNetwork: NetworkDriver {
    let name = "stepped"
    let network: SharedNetwork
    let gate: StepGate

    func apply(_ orders: [Order]) async -> [Result<Answer, NetworkError>] {
        network.begin()
        defer { network.end() }
        return await gate.call(changes: true) { network.apply(orders) } ?? orders.map { _ in .failure(NetworkError("the server is dead")) }
    }

    func inventory(after id: SessionID?, limit: Int) async throws(NetworkError) -> [Held]? {
        guard let answer = await gate.call({ network.inventory(after: id, limit: limit) }) else { throw NetworkError("the server is dead") }
        return answer
    }

    func run(report: @escaping @Sendable ([NetworkReport]) async -> Void) async throws {
        let number = network.add(reporter: { [gate] reports in if gate.isWorking { await report(reports) } })
        defer { network.remove(number) }
        try await untilCancelled()
    }
}

/// The device directory of one server.
struct SteppedDirectory: DeviceDirectory {
    let network: SharedNetwork
    let gate: StepGate
    static let devices = 1000..<1008

    func resolve(_ device: Device) async throws(DirectoryError) -> ResolvedDevice {
        guard let number = Self.devices.first(where: { SharedNetwork.number($0) == device.phoneNumber?.description }) else { throw .notFound }
        return ResolvedDevice(key: SharedNetwork.key(number), identifiedBy: .phoneNumber, addresses: network.addresses(of: number))
    }

    func addresses(of devices: [DeviceKey: NetworkAddresses]) async -> [DeviceKey: Result<NetworkAddresses, DirectoryError>] {
        let known = Dictionary(uniqueKeysWithValues: Self.devices.map { (SharedNetwork.key($0), $0) })
        let answers = await gate.call {
            devices.keys.reduce(into: [DeviceKey: Result<NetworkAddresses, DirectoryError>]()) { answers, key in
                answers[key] = known[key].map { .success(network.addresses(of: $0)) } ?? .failure(.notFound)
            }
        }
        return answers ?? devices.mapValues { _ in .failure(.unreachable("the server is dead")) }
    }

    func run(changed: @escaping @Sendable ([DeviceKey]) async -> Void) async throws {
        let number = network.add(listener: { [gate] keys in if gate.isWorking { await changed(keys) } })
        defer { network.remove(number) }
        try await untilCancelled()
    }
}
