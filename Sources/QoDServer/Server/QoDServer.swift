public import Access
public import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import Operations
public import QualityOnDemand
public import SessionEngine
public import Southbound

/// The platform's northbound side: the CAMARA APIs over HTTP.
public struct QoDServer: Sendable {
    private let engine: SessionEngine
    private let authenticator: any Authenticator
    private let configuration: ServerConfiguration
    private let sandbox: Sandbox?
    private let tls: ReloadingTLS?
    private let limiter: RateLimiter?
    private let additionalRoutes: [any AdditionalRoutes]
    private let metrics: MetricsAccess?
    private let ledger: ResourceLedger
    private let clock: any EngineClock
    private let logger: Logger

    /// - Parameters:
    ///   - sandbox: the data of `/sandbox/v1`; `nil` leaves the routes out.
    ///   - additionalRoutes: routes of other targets, such as the sandbox's authorization server.
    ///   - metrics: the figures of `/metrics` and the permitted readers; `nil` leaves the route out.
    ///   - tls: the certificate for connections; `nil` means plain HTTP.
    ///   - ledger: the resources of the process; `nil` makes a ledger for this machine.
    ///   - clock: measures the rate of requests and the age of figures.
    public init(
        engine: SessionEngine, authenticator: any Authenticator, configuration: ServerConfiguration = ServerConfiguration(),
        sandbox: Sandbox? = nil, additionalRoutes: [any AdditionalRoutes] = [], metrics: MetricsAccess? = nil,
        tls: ReloadingTLS? = nil, ledger: ResourceLedger? = nil, clock: any EngineClock = SystemClock(), logger: Logger
    ) {
        self.engine = engine
        self.authenticator = authenticator
        self.configuration = configuration
        self.sandbox = sandbox
        self.tls = tls
        self.limiter = configuration.rateLimit.map { RateLimiter($0, clock: clock) }
        self.additionalRoutes = additionalRoutes
        self.metrics = metrics
        self.ledger = ledger ?? ResourceLedger(ResourceLimits(.current(), configuration.wishedLimits))
        self.clock = clock
        self.logger = logger
    }

    /// The application, a service. Add it to a service group after the engine, so that the application stops first.
    ///
    /// - Parameter onServerRunning: receives the port once the server accepts connections.
    public func application(
        onServerRunning: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> some ApplicationProtocol {
        Application(
            router: router().finished(),
            server: .edge(configuration, ledger: ledger, tls: tls, logger: logger),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), backlog: 1024,
                availableConnectionsDelegate: AcceptGate(ledger.limits)),
            services: tls.map { [$0] } ?? [],
            onServerRunning: { [additionalRoutes, host = configuration.host] channel in
                let port = channel.localAddress?.port ?? 0
                for routes in additionalRoutes { routes.serverListens(host: host, port: port) }
                await onServerRunning(port)
            },
            logger: logger)
    }

    /// All routes of the platform.
    func router() -> APIRouter {
        configuration.build.record()
        let stage = sandbox.map { _ in SandboxStage(clock: clock) }
        var router = APIRouter(
            gate: RequestGate(authenticator: authenticator, limiter: limiter, stage: stage, ledger: ledger),
            origins: OriginPolicy(allowed: configuration.allowedOrigins, hosts: configuration.acceptedHosts),
            ledger: ledger, logger: logger)
        let reader = RequestReader(
            maximumBodySize: configuration.maximumBodySize, ledger: ledger,
            parsers: Threads.pool("parsing", count: ledger.limits.parsers), stage: stage, identifiers: configuration.identifiers,
            acceptsNumbersWithoutPlus: configuration.acceptsNumbersWithoutPlus)
        SessionRoutes(engine: engine, reader: reader, configuration: configuration).add(to: &router)
        V0SessionRoutes(engine: engine, reader: reader, configuration: configuration).add(to: &router)
        AssignmentRoutes(engine: engine, reader: reader, configuration: configuration).add(to: &router)
        EventRoutes(engine: engine, reader: reader).add(to: &router)
        TrafficRoutes(engine: engine, reader: reader).add(to: &router)
        ProfileRoutes(engine: engine, reader: reader).add(to: &router)
        HealthRoutes(engine: engine, build: configuration.build).add(to: &router)
        if let metrics { MetricsRoutes(access: metrics, engine: engine, ledger: ledger, clock: clock, logger: logger).add(to: &router) }
        if let sandbox { SandboxRoutes(sandbox: sandbox, engine: engine, reader: reader).add(to: &router) }
        for routes in additionalRoutes { routes.add(to: &router) }
        return router
    }
}

extension QoDServer: Confidential {}
