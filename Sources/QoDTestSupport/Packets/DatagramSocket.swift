import Foundation

#if os(Linux)
    import CNamespace
    import Glibc

    /// A UDP socket in a network namespace.
    struct DatagramSocket: Sendable {
        struct Failure: Error, CustomStringConvertible {
            let description: String
        }

        let descriptor: Int32

        /// - Parameters:
        ///   - namespace: the name of the namespace, as `ip netns` shows it.
        ///   - address: the socket's own address; `nil` leaves the choice to the kernel.
        ///   - port: the socket's own port; `nil` leaves the choice to the kernel.
        init(in namespace: String, isIPv6: Bool, address: String? = nil, port: UInt16? = nil) throws {
            descriptor = try Self.inside(namespace) { socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0) }
            guard descriptor >= 0 else { throw Self.failure("socket") }
            // With these buffers, the socket loses nothing if the machine stalls for half a second.
            for option in [SO_SNDBUFFORCE, SO_RCVBUFFORCE] { set(option, 16 << 20) }
            set(SO_BROADCAST, 1)
            var limit = timeval(tv_sec: 0, tv_usec: 50_000)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            guard address != nil || port != nil else { return }
            let isBound = Self.withAddress(address ?? (isIPv6 ? "::" : "0.0.0.0"), port ?? 0) { bind(descriptor, $0, $1) } == 0
            guard isBound else { throw Self.failure("bind to \(address ?? "") \(port ?? 0)") }
        }

        func connect(to address: String, port: UInt16) throws {
            guard Self.withAddress(address, port, { Glibc.connect(descriptor, $0, $1) }) == 0 else { throw Self.failure("connect to \(address)") }
        }

        /// The number of datagrams that were lost because the socket's buffer was full.
        var overflowed: Int {
            let (meminfo, drops): (Int32, Int) = (55, 8)
            var values = [UInt32](repeating: 0, count: 9)
            var length = socklen_t(values.count * 4)
            return getsockopt(descriptor, SOL_SOCKET, meminfo, &values, &length) == 0 ? Int(values[drops]) : 0
        }

        func close() { Glibc.close(descriptor) }

        private func set(_ option: Int32, _ value: Int32) {
            var value = value
            setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<Int32>.size))
        }

        private static func withAddress(_ address: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
            var storage = sockaddr_storage()
            return withUnsafeMutableBytes(of: &storage) { bytes in
                if address.contains(":") {
                    var own = sockaddr_in6()
                    own.sin6_family = sa_family_t(AF_INET6)
                    own.sin6_port = port.bigEndian
                    inet_pton(AF_INET6, address, &own.sin6_addr)
                    bytes.storeBytes(of: own, as: sockaddr_in6.self)
                } else {
                    var own = sockaddr_in()
                    own.sin_family = sa_family_t(AF_INET)
                    own.sin_port = port.bigEndian
                    inet_pton(AF_INET, address, &own.sin_addr)
                    bytes.storeBytes(of: own, as: sockaddr_in.self)
                }
                let size = address.contains(":") ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
                return body(bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(size))
            }
        }

        private static func failure(_ what: String) -> Failure { Failure(description: "\(what): \(String(cString: strerror(errno)))") }

        /// Runs `body` in a namespace. A socket that is opened there stays in that namespace.
        private static func inside<Value>(_ namespace: String, _ body: () -> Value) throws -> Value {
            let (own, other) = (open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), open("/run/netns/\(namespace)", O_RDONLY | O_CLOEXEC))
            defer { for descriptor in [own, other] where descriptor >= 0 { Glibc.close(descriptor) } }
            guard own >= 0, other >= 0, setns(other, 0x4000_0000) == 0 else { throw failure("the network namespace \(namespace)") }
            defer { precondition(setns(own, 0x4000_0000) == 0, "the way back from a network namespace is gone") }
            return body()
        }
    }
#endif
