import NIOConcurrencyHelpers

/// The netlink sockets by which this platform changes the kernel, to separate its own changes from changes by others.
final class OwnChanges: Sendable {
    private let ports = NIOLockedValueBox<[UInt32]>([])
    /// More sockets are never in use at once; the kernel may give the number of an older one to another program.
    private static let most = 64

    /// - Parameter port: kept until so many others were added after it. A socket that stays open is added before each
    ///   use, or the processes that were started meanwhile would take its place.
    func add(_ port: UInt32) {
        ports.withLockedValue { ports in
            guard port != 0, ports.last != port else { return }
            ports.removeAll { $0 == port }
            if ports.count == Self.most { ports.removeFirst() }
            ports.append(port)
        }
    }

    func contains(_ port: UInt32) -> Bool { ports.withLockedValue { $0.contains(port) } }
}
