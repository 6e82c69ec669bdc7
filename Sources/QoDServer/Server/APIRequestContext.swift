public import Hummingbird
import HTTPTypes
import NIOConcurrencyHelpers
import NIOCore

/// The data that accompanies a request through the server.
public struct APIRequestContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// All copies of the context share the notes, so the edge sees the notes that a route makes.
    let notes = NIOLockedValueBox(RequestNotes())
    /// The connection that the request came on.
    let channel: any Channel

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// Tells a client that waits for `100 Continue` to send the body. Other clients receive nothing.
    func wantsBody(of request: Request) {
        guard request.headers[.expect] != nil else { return }
        channel.triggerUserOutboundEvent(BodyWanted(), promise: nil)
    }
}
