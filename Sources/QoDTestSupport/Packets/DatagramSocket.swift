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
        ///   - namespace: as `ip netns` knows it.
        ///   - address: where it is bound, and to which port; `nil` leaves that to the kernel.
        init(in namespace: String, isIPv6: Bool, address: String? = nil, port: UInt16? = nil) throws {
            descriptor = try Self.inside(namespace) { socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0) }
            guard descriptor >= 0 else { throw Self.failure("socket") }
            // A machine that stalls for half a second loses nothing here.
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

        /// How many datagrams found the socket's buffer full.
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

        /// A socket stays in the namespace in which it was opened.
        private static func inside<Value>(_ namespace: String, _ body: () -> Value) throws -> Value {
            let (own, other) = (open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), open("/run/netns/\(namespace)", O_RDONLY | O_CLOEXEC))
            defer { for descriptor in [own, other] where descriptor >= 0 { Glibc.close(descriptor) } }
            guard own >= 0, other >= 0, setns(other, 0x4000_0000) == 0 else { throw failure("the network namespace \(namespace)") }
            defer { precondition(setns(own, 0x4000_0000) == 0, "the way back from a network namespace is gone") }
            return body()
        }
    }
#endif
