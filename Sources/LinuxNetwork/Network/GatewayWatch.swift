import Dispatch
import Southbound

/// Receives from the kernel the changes that others make on a gateway.
enum GatewayWatch {
    /// The reasons to think that a part of the gateway is gone or changed. Of several unread reasons the newest
    /// stays. The caller may add reasons.
    static func disturbances(_ configuration: LinuxNetworkConfiguration, own: OwnChanges) throws(NetworkError) -> (AsyncStream<String>, AsyncStream<String>.Continuation) {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
        let ear = try Ear(configuration, own: own, continuation)
        ear.start()
        return (stream, continuation)
    }

    /// The sockets that receive announcements, and the queue on which they are read.
    ///
    /// All changes to this object run on the queue, one after the other, so it is safe to share.
    private final class Ear: @unchecked Sendable {
        private let queue = DispatchQueue(label: "GatewayWatch")
        private let sockets: [NetlinkSocket]
        private var announcements: Announcements
        private var sources: [any DispatchSourceRead] = []
        private let continuation: AsyncStream<String>.Continuation

        init(_ configuration: LinuxNetworkConfiguration, own: OwnChanges, _ continuation: AsyncStream<String>.Continuation) throws(NetworkError) {
            self.continuation = continuation
            announcements = Announcements(
                interfaces: Direction.allCases.map { configuration.link($0).interface }, table: configuration.tableName, isOwn: own.contains)
            let route = try NetlinkSocket(.route, namespace: configuration.namespace)
            let filter = try NetlinkSocket(.netfilter, namespace: configuration.namespace)
            do throws(NetlinkError) {
                try route.join(Announcements.Group.links)
                try route.join(Announcements.Group.trafficControl)
                try filter.join(Announcements.Group.tables)
            } catch {
                throw NetworkError("the kernel does not announce changes: \(error)")
            }
            sockets = [route, filter]
            let kernel = LinuxKernel(configuration)
            for direction in Direction.allCases {
                guard let found = try? kernel.findInterface(direction) else { continue }
                announcements.note(configuration.link(direction).interface, index: found.index, framing: found.framing)
            }
        }

        func start() {
            continuation.onTermination = { _ in self.queue.async { self.stop() } }
            queue.async {
                self.sources = self.sockets.map { DispatchSource.makeReadSource(fileDescriptor: $0.descriptor, queue: self.queue) }
                for (source, place) in zip(self.sources, self.sockets.indices) {
                    source.setEventHandler { self.hear(place) }
                    // The socket stays open until the source no longer uses it.
                    source.setCancelHandler { withExtendedLifetime(self) {} }
                    source.activate()
                }
            }
        }

        private func stop() {
            for source in sources { source.cancel() }
            sources = []
        }

        private func hear(_ place: Int) {
            let wereLost = sockets[place].announcements { message in
                if let reason = announcements.disturbance(message) { continuation.yield(reason) }
            }
            if wereLost { continuation.yield("the kernel announced more changes than could be received") }
        }
    }
}
