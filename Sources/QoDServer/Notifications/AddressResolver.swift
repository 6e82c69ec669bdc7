public import NIOCore
import NIOConcurrencyHelpers
import NIOPosix
import QualityOnDemand

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Finds the current addresses of a name.
public protocol AddressResolver: Sendable {
    /// - Returns: the addresses; a failure, or an empty list, if the name has no address.
    func addresses(of name: String, on loop: any EventLoop) -> EventLoopFuture<[SinkAddress]>
}

/// The machine's resolver.
///
/// A look-up blocks its thread, so the resolver has its own threads. The resolver runs one look-up for a name at a
/// time, so a name without an answer occupies only one thread. The resolver caches nothing: every attempt starts a new
/// look-up.
public final class SystemResolver: AddressResolver {
    private let account: ResourceAccount
    private let threads: NIOThreadPool
    private let underWay = NIOLockedValueBox<[String: EventLoopFuture<[SinkAddress]>]>([:])

    /// - Parameter account: its limit is the number of threads, and its use is the number of busy threads.
    public init(_ account: ResourceAccount = ResourceAccount("resolver_threads", limit: 16)) {
        self.account = account
        threads = Threads.pool("resolving", count: max(account.limit, 1))
    }

    public func addresses(of name: String, on loop: any EventLoop) -> EventLoopFuture<[SinkAddress]> {
        let (future, isNew) = underWay.withLockedValue { underWay in
            if let future = underWay[name] { return (future, false) }
            let future = threads.runIfActive(eventLoop: loop) { [account] in
                account.add()
                defer { account.giveBack() }
                return Self.lookUp(name)
            }
            underWay[name] = future
            return (future, true)
        }
        if isNew { future.whenComplete { [underWay] _ in underWay.withLockedValue { $0[name] = nil } } }
        return future.hop(to: loop)
    }

    private static func lookUp(_ name: String) -> [SinkAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        #if canImport(Darwin)
            hints.ai_socktype = SOCK_STREAM
        #else
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [SinkAddress] = []
        var entry = list
        while let current = entry {
            if let address = address(current.pointee), !addresses.contains(address) { addresses.append(address) }
            entry = current.pointee.ai_next
        }
        return addresses
    }

    private static func address(_ entry: addrinfo) -> SinkAddress? {
        guard let pointer = UnsafeRawPointer(entry.ai_addr) else { return nil }
        // The offsets of `sin_addr` and `sin6_addr`. Several C modules declare the structs, so which of them gives Swift
        // the fields depends on the order of the imports in the whole module.
        switch entry.ai_family {
        case AF_INET:
            return .ipv4(IPv4Address(rawValue: UInt32(bigEndian: pointer.loadUnaligned(fromByteOffset: 4, as: UInt32.self))))
        case AF_INET6:
            return .ipv6(IPv6Address(
                high: UInt64(bigEndian: pointer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                low: UInt64(bigEndian: pointer.loadUnaligned(fromByteOffset: 16, as: UInt64.self))))
        default:
            return nil
        }
    }
}
