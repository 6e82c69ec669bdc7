public import Hummingbird
import NIOCore

/// Routes that another target adds to the server, such as the routes of the sandbox's authorization server.
///
/// The routes are open: a caller needs no credential of the APIs. Each route names its reason.
public protocol AdditionalRoutes: Sendable {
    /// Adds the routes to the router.
    func add(to router: inout APIRouter)

    /// Receives the address of the listener once the server accepts connections.
    func serverListens(host: String, port: Int)
}

/// Reads the bodies of open routes.
///
/// The callers of open routes are unknown, so all these bodies together have the share of one client.
public struct OpenBodyReader: Sendable {
    let ledger: ResourceLedger

    /// Reads a body.
    ///
    /// - Returns: the body; `nil` if it has more than `largest` bytes.
    /// - Throws: ``APIError`` if the platform has no memory left for the body.
    public func read(_ request: Request, _ context: APIRequestContext, upTo largest: Int) async throws -> [UInt8]? {
        var bytes = BodyBytes(ledger, nil)
        defer { bytes.giveBack() }
        try bytes.take(largest)
        context.wantsBody(of: request)
        do {
            return Array(try await request.body.collect(upTo: largest).readableBytesView)
        } catch is NIOTooManyBytesError {
            return nil
        }
    }
}
