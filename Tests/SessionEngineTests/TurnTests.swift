import Logging
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Southbound
import SimulatedNetwork
import Testing

/// The simulated network, which takes calls only while it is open and notes in which order it was asked for sessions.
private final class GatedNetwork: NetworkDriver {
    private let network: SimulatedNetwork
    private let state = NIOLockedValueBox((isOpen: false, order: [SessionID]()))

    init() throws { network = try SimulatedNetwork() }

    var name: String { network.name }
    var order: [SessionID] { state.withLockedValue { $0.order } }
    func open() { state.withLockedValue { $0.isOpen = true } }

    func apply(_ orders: [Order]) async -> [Result<Answer, NetworkError>] {
        if orders.contains(where: { $0.grant != nil }) {
            while !state.withLockedValue({ $0.isOpen }) {
                do { try await pause(for: .milliseconds(2)) } catch { return orders.map { _ in .failure(NetworkError("cancelled")) } }
            }
            state.withLockedValue { $0.order += orders.map(\.session) }
        }
        return await network.apply(orders)
    }

    func inventory(after id: SessionID?, limit: Int) async throws(NetworkError) -> [Held]? {
        try await network.inventory(after: id, limit: limit)
    }

    func run(report: @escaping @Sendable ([NetworkReport]) async -> Void) async throws { try await network.run(report: report) }
}

@Suite("One client with very many sessions to program")
struct TurnTests {
    private func order(_ number: Int) throws -> SessionOrder {
        SessionOrder(
            device: try Device(phoneNumber: PhoneNumber("+9999999\(1000 + number % 100)")), flow: Fixture.flow("198.51.\(number / 25_600).\(number / 100 % 256)"),
            profile: try QoSProfileName("QOS_L"), duration: 3600)
    }

    @Test("does not keep another client's creation behind them")
    func turns() async throws {
        let network = try GatedNetwork()
        var configuration = EngineConfiguration()
        configuration.site.answerWait = .milliseconds(1)
        configuration.site.reconcileConcurrency = 4
        let engine = SessionEngine(
            store: try SQLiteStore.inMemory(), network: network, directory: SandboxDirectory(), configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { try await engine.run() }
        let count = 20_000
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in 0..<16 {
                group.addTask {
                    for number in stride(from: part, to: count, by: 16) {
                        _ = try await engine.create(try order(number), by: ClientID("busy"))
                    }
                }
            }
            try await group.waitForAll()
        }
        let other = SessionOrder(
            device: try Device(phoneNumber: PhoneNumber("+99999991000")), flow: Fixture.flow("203.0.113.1"),
            profile: try QoSProfileName("QOS_L"), duration: 3600)
        let session = try await engine.create(other, by: ClientID("other"))
        #expect(session.status == .requested)
        network.open()
        try await eventually { network.order.count > count }
        let place = try #require(network.order.firstIndex(of: session.id))
        #expect(place < count / 4, "place \(place) of \(network.order.count)")
        running.cancel()
        _ = await running.result
    }
}
