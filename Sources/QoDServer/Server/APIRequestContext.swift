public import Hummingbird
import HTTPTypes
import NIOConcurrencyHelpers
import NIOCore

/// What goes with a request through the server.
public struct APIRequestContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// Shared by all copies of the context, so that the edge sees what a route found out.
    let notes = NIOLockedValueBox(RequestNotes())
    /// The connection that the request came on.
    let channel: any Channel

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// A client that waits for `100 Continue` is told to send the body, and nobody else is told anything.
    func wantsBody(of request: Request) {
        guard request.headers[.expect] != nil else { return }
        channel.triggerUserOutboundEvent(BodyWanted(), promise: nil)
    }
}
