public import Hummingbird
import NIOConcurrencyHelpers

/// What goes with a request through the server.
public struct APIRequestContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// Shared by all copies of the context, so that the edge sees what a route found out.
    let notes = NIOLockedValueBox(RequestNotes())

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
    }
}
