import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SandboxAuthorization
import SQLiteStore
import SessionEngine
import Southbound
import SimulatedNetwork
import Testing

@testable import Access
@testable import Operations
@testable import QoDServer

/// The settings of a test's platform; the default is the sandbox with the keys `sandbox` and `sandbox-2`.
struct Setup: Sendable {
    var authenticator: any Authenticator = APIKeyAuthenticator(keys: [(ClientID("one"), "sandbox"), (ClientID("two"), "sandbox-2")])
    var server = ServerConfiguration()
    var engine = EngineConfiguration()
    var profiles = ProfileCatalogue()
    var clock: any EngineClock = SystemClock()
    /// The clock for the rate of requests.
    var requestClock: any EngineClock = SystemClock()
    var store: (any SessionStore)?
    var directory: any DeviceDirectory = SandboxDirectory()
    var isNetworkReachable = true
    var hasSandbox = true
    var authorizationServer: AuthorizationServer?
    var framework = TestingSetup.router
    /// The metrics of `/metrics`; `nil` switches the route off.
    var metrics: PrometheusRegistry?
    var metricsToken: String?
    var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init(_ change: (inout Setup) -> Void = { _ in }) {
        // Creations wait for the network even on a busy machine; `impatient` is for tests with slow devices.
        engine.site.answerWait = .seconds(30)
        change(&self)
    }

    func metricsAccess(_ store: any SessionStore, _ network: any NetworkDriver) -> MetricsAccess? {
        guard let metrics, let statistics = store as? any StoreStatistics else { return nil }
        return MetricsAccess(registry: metrics, statistics: statistics, networks: [.default: network.name], token: metricsToken)
    }

    /// The server answers a creation while the network is still busy with it.
    static let impatient = Setup { $0.engine.site.answerWait = .milliseconds(20) }

    /// All requests come from the same client. Its access token has only these scopes and names only this device.
    static func token(scopes: Set<Scope>? = nil, device: Int? = nil) -> Setup {
        Setup { setup in
            let named = device.flatMap { try? Device(phoneNumber: PhoneNumber("+9999999\($0)")) }
            setup.authenticator = FixedAuthenticator(principal: Principal(client: ClientID("one"), scopes: scopes, device: named))
        }
    }
}

/// Accepts every request as the same client's, with any credential.
struct FixedAuthenticator: Authenticator {
    let principal: Principal

    func authenticate(_ headers: HTTPFields) async throws(AccessError) -> Principal { principal }
}

/// The whole platform: server, engine, a real store in memory, and the simulated network.
struct Platform: Sendable {
    let caller: Caller
    let other: Caller
    let store: SwitchableStore
    let network: SimulatedNetwork
    let engine: SessionEngine
    /// Every route of the server, with the access that the route needs.
    let routes: [(method: HTTPRequest.Method, path: String, access: RouteAccess)]

    /// The stored events of a session or assignment.
    func events(of id: String) async throws -> [SessionEvent] {
        try await store.events(of: try #require(SessionID(id)))
    }

    /// Runs a test with a ready platform.
    static func with(_ setup: Setup = Setup(), _ body: @Sendable (Platform) async throws -> Void) async throws {
        let kept = try setup.store ?? SQLiteStore.inMemory()
        let store = SwitchableStore(kept)
        let network = try SimulatedNetwork(clock: setup.clock)
        network.faults.isUnreachable = !setup.isNetworkReachable
        let logger = setup.logger
        let engine = SessionEngine(
            store: store, network: network, directory: setup.directory, profiles: setup.profiles, configuration: setup.engine,
            clock: setup.clock, logger: logger)
        let running = Task { try await engine.run() }
        defer { running.cancel() }
        if setup.isNetworkReachable { try await eventually { await engine.isReady() } }
        var configuration = setup.server
        configuration.port = 0
        let server = QoDServer(
            engine: engine, authenticator: setup.authenticator, configuration: configuration,
            sandbox: setup.hasSandbox ? Sandbox(devices: testDevices) : nil,
            additionalRoutes: setup.authorizationServer.map { [$0] } ?? [], metrics: setup.metricsAccess(kept, network), clock: setup.requestClock, logger: logger)
        try await server.application().test(setup.framework) { client in
            try await body(Platform(
                caller: Caller(client: client, key: "sandbox"), other: Caller(client: client, key: "sandbox-2"), store: store,
                network: network, engine: engine, routes: server.router().routes))
        }
        running.cancel()
        _ = await running.result
    }

    /// Creates a session and returns its id.
    func session(_ changes: [String: String?] = [:]) async throws -> String {
        let answer = try await caller.create(changes)
        guard answer.status == 201, let id = answer.text("sessionId") else { throw Unexpected(answer: answer) }
        return id
    }

    /// Creates a session and lets the network end it.
    func endedSession() async throws -> String {
        let id = try await session()
        let answer = try await caller.endFromNetwork(id)
        guard answer.status == 204 else { throw Unexpected(answer: answer) }
        return id
    }

    /// Moves the clock forward until a session no longer exists.
    func expire(_ id: String, _ clock: TestClock) async throws {
        try await eventually {
            clock.advance(by: .milliseconds(200))
            return try await caller.get(id).status == 404
        }
    }

    private static let testDevices: [SandboxDevice] = TestDevice.numbers.compactMap(TestDevice.init).map { device in
        SandboxDevice(
            phoneNumber: device.phoneNumber, networkAccessIdentifier: device.networkAccessIdentifier,
            publicIPv4Address: TestDevice.publicIPv4.description, publicPort: Int(device.publicPort),
            privateIPv4Address: device.privateIPv4.description, ipv6Address: device.ipv6.description, behaviour: device.behaviour.rawValue)
    }
}

/// An answer that prevents the test from continuing.
struct Unexpected: Error {
    let answer: Answer
}
