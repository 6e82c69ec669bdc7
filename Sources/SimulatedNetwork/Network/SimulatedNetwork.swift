import HeapModule
import NIOConcurrencyHelpers
public import QualityOnDemand
public import Southbound

/// A network in memory. The number of a test device decides the network's behaviour. The flows of all other devices
/// are programmed at once. Tests can switch on faults.
///
/// With a journal, the state of the network outlives the process, as in a real network: programmed flows are still
/// programmed after a crash.
public final class SimulatedNetwork: NetworkDriver {
    /// The faults that can be switched on.
    public struct Faults: Hashable, Sendable {
        /// Whether every call fails.
        public var isUnreachable = false
        /// The number of next calls that fail.
        public var failingCalls = 0
        /// The duration of every call.
        public var latency: Duration = .zero
        /// Whether the network refuses grants.
        public var refusesGrants = false

        public init() {}
    }

    /// The network's state for one session. The type is small, because there can be a million sessions.
    public struct Service: Hashable, Sendable {
        public let addresses: NetworkAddresses
        /// The guaranteed bits per second towards the device; 0 if there is no guarantee.
        public let downstream: Int
        /// The guaranteed bits per second from the device; 0 if there is no guarantee.
        public let upstream: Int
        /// Whether the flow is already available, and no longer pending.
        public internal(set) var isServed: Bool
        /// The generation of the order that was obeyed last.
        public internal(set) var generation: Int64 = 0
        /// The fingerprint of that order; 0 for a session of an earlier process.
        var fingerprint: UInt64 = 0
    }

    private struct Scheduled: Comparable {
        let due: Duration
        let report: NetworkReport
        static func < (a: Scheduled, b: Scheduled) -> Bool { a.due < b.due }
    }

    private struct State {
        var services: [SessionID: Service] = [:]
        var scheduled = Heap<Scheduled>()
        var faults = Faults()
        var journal: Journal?
        /// The ids in their order, as they were at the first page of the last inventory.
        var inventory: [SessionID] = []
    }

    public let name = "simulated"
    private let state: NIOLockedValueBox<State>
    private let clock: any EngineClock

    /// - Parameter journalPath: the file in which the network records its sessions; `nil` keeps the sessions in
    ///   memory only.
    /// - Throws: ``Southbound/NetworkError`` if the file cannot be read or written.
    public init(clock: any EngineClock = SystemClock(), journalPath: String? = nil) throws(NetworkError) {
        self.clock = clock
        var state = State()
        if let journalPath {
            let (journal, left) = try Journal.open(path: journalPath)
            state.journal = journal
            for id in left {
                state.services[id] = Service(addresses: NetworkAddresses(ipv4: nil, ipv6: nil), downstream: 0, upstream: 0, isServed: true)
            }
        }
        self.state = NIOLockedValueBox(state)
    }

    /// The faults from now on.
    public var faults: Faults {
        get { state.withLockedValue { $0.faults } }
        set { state.withLockedValue { $0.faults = newValue } }
    }

    /// The network's state for a session; `nil` if the network does not hold the session.
    public func service(for session: SessionID) -> Service? {
        state.withLockedValue { $0.services[session] }
    }

    /// The number of sessions that the network holds.
    public var count: Int { state.withLockedValue { $0.services.count } }

    /// Ends a session from the network's side, as an overloaded cell does.
    ///
    /// - Parameter reason: The reason, for people.
    public func end(_ session: SessionID, reason: String? = nil) {
        state.withLockedValue { $0.scheduled.insert(Scheduled(due: clock.uptime, report: .ended(session, reason: reason))) }
    }

    /// Deletes all sessions, as in a network that was switched off and on.
    public func loseEverything() {
        state.withLockedValue { state in
            for id in state.services.keys { state.journal?.remove(id) }
            state.services = [:]
        }
    }

    // MARK: NetworkDriver

    public func apply(_ orders: [Order]) async -> [Result<Answer, NetworkError>] {
        if let error = await suffer() { return orders.map { _ in .failure(error) } }
        let now = clock.uptime
        return state.withLockedValue { state in orders.map { Self.obey($0, at: now, &state) } }
    }

    public func inventory(after id: SessionID?, limit: Int) async throws(NetworkError) -> [Held]? {
        if let error = await suffer() { throw error }
        return state.withLockedValue { state in
            // The list is sorted once, and not for each page: there can be a million sessions.
            if id == nil { state.inventory = state.services.keys.sorted() }
            let start = id.map { id in state.inventory.partitioningIndex { $0 > id } } ?? 0
            var page: [Held] = []
            for session in state.inventory[start...] where page.count < limit {
                guard let service = state.services[session] else { continue }
                page.append(Held(session: session, generation: service.generation, fingerprint: service.fingerprint))
            }
            if page.count < limit { state.inventory = [] }
            return page
        }
    }

    public func run(report: @escaping @Sendable ([NetworkReport]) async -> Void) async throws {
        while true {
            let due = takeDue()
            if due.isEmpty { try await clock.sleep(for: .milliseconds(20)) } else { await report(due) }
        }
    }

    // MARK: Behaviour

    private static func obey(_ order: Order, at now: Duration, _ state: inout State) -> Result<Answer, NetworkError> {
        let service = state.services[order.session]
        if let service, service.generation > order.generation { return .success(.outdated) }
        guard let grant = order.grant else {
            if state.services.removeValue(forKey: order.session) != nil { state.journal?.remove(order.session) }
            return .success(.released)
        }
        if state.faults.refusesGrants { return .failure(NetworkError(.rejected, "the simulated network refuses")) }
        if let service, service.addresses == grant.addresses {
            state.services[order.session]?.note(order)
            return .success(service.isServed ? .ready() : .pending())
        }
        return begin(order, grant, at: now, &state)
    }

    private static func begin(
        _ order: Order, _ grant: Grant, at now: Duration, _ state: inout State
    ) -> Result<Answer, NetworkError> {
        let behaviour = grant.addresses.ipv6.flatMap { TestDevice(ipv6: $0).behaviour } ?? .availableAtOnce
        let isServed = behaviour == .availableAtOnce || behaviour == .endedByNetworkAfter5s
        if state.services[grant.session] == nil { state.journal?.add(grant.session) }
        var service = Service(
            addresses: grant.addresses, downstream: grant.profile.targetMinDownstreamRate?.bitsPerSecond ?? 0,
            upstream: grant.profile.targetMinUpstreamRate?.bitsPerSecond ?? 0, isServed: isServed)
        service.note(order)
        state.services[grant.session] = service
        switch behaviour {
        case .availableAtOnce: break
        case .availableAfter2s:
            state.scheduled.insert(Scheduled(due: now + .seconds(2), report: .ready(grant.session, generation: order.generation)))
        case .terminatedAfter2s:
            let reason = "The device's number stands for a network that refuses after 2 s."
            state.scheduled.insert(Scheduled(due: now + .seconds(2), report: .ended(grant.session, reason: reason)))
        case .endedByNetworkAfter5s:
            let reason = "The device's number stands for a network that ends sessions after 5 s."
            state.scheduled.insert(Scheduled(due: now + .seconds(5), report: .ended(grant.session, reason: reason)))
        case .notServed:
            state.services[grant.session] = nil
            state.journal?.remove(grant.session)
            return .failure(NetworkError(.rejected, "the device is not served"))
        }
        return .success(isServed ? .ready() : .pending())
    }

    /// The due reports that are still true. The network drops a report about a session that was released in the
    /// meantime.
    private func takeDue() -> [NetworkReport] {
        let now = clock.uptime
        return state.withLockedValue { state in
            var due: [NetworkReport] = []
            while due.count < 500, let first = state.scheduled.min, first.due <= now {
                state.scheduled.removeMin()
                switch first.report {
                case .ready(.session(let id), _):
                    guard state.services[id] != nil else { continue }
                    state.services[id]?.isServed = true
                case .ended(.session(let id), _, _):
                    guard state.services.removeValue(forKey: id) != nil else { continue }
                    state.journal?.remove(id)
                case .ready, .ended, .disturbed: break
                }
                due.append(first.report)
            }
            return due
        }
    }

    /// Takes the time that a call takes, and returns the error that it ends with.
    private func suffer() async -> NetworkError? {
        let (latency, fails) = state.withLockedValue { state in
            if state.faults.failingCalls > 0 {
                state.faults.failingCalls -= 1
                return (state.faults.latency, true)
            }
            return (state.faults.latency, state.faults.isUnreachable)
        }
        if latency > .zero { try? await clock.sleep(for: latency) }
        return fails ? NetworkError("the simulated network was told to fail") : nil
    }
}

extension SimulatedNetwork.Service {
    fileprivate mutating func note(_ order: Order) {
        generation = order.generation
        fingerprint = order.fingerprint
    }
}

extension [SessionID] {
    /// The first index whose element, and each after it, fulfils a condition.
    fileprivate func partitioningIndex(where holds: (SessionID) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
