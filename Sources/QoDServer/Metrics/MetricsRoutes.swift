import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Operations
import SessionEngine
import Southbound

/// `/metrics`, in the form that Prometheus reads. A request to this route has no client, and counts towards no
/// client's limits.
struct MetricsRoutes: Sendable {
    static let path = "/metrics"

    private let access: MetricsAccess
    private let readings: StoreReadings
    private let resources: ResourceReadings

    init(access: MetricsAccess, engine: SessionEngine, ledger: ResourceLedger, clock: any EngineClock, logger: Logger) {
        self.access = access
        readings = StoreReadings(access, engine: engine, clock: clock, logger: logger)
        resources = ResourceReadings(ledger, factory: access.registry)
    }

    func add(to router: inout APIRouter) {
        router.onOpen(.get, Self.path, as: "metrics", because: .checksItsOwnCredential, metrics)
    }

    @Sendable func metrics(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try access.check(request.headers)
        await readings.refresh()
        await resources.refresh()
        let text = access.registry.exposition()
        return Response(
            status: .ok, headers: [.contentType: PrometheusRegistry.contentType, .contentLength: String(text.count)],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: text)))
    }
}
