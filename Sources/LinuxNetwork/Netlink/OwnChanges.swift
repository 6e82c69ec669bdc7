import NIOConcurrencyHelpers

/// The netlink sockets by which this platform changes the kernel, so that its own changes are told from those of others.
final class OwnChanges: Sendable {
    private let ports = NIOLockedValueBox<[UInt32]>([])
    /// More are never in use at once; the kernel may give an older one's number to somebody else.
    private static let most = 64

    /// - Parameter port: kept until as many others were added after it. A socket that stays open is added before each use, or the
    ///   processes that were started meanwhile would take its place.
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
