import Southbound

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A claim on an interface or a table of a network namespace, so that only one process works on it at a time.
///
/// The claim is a socket with an abstract name. The kernel separates such names by network namespace, and gives each
/// name to one socket only. It frees the name when the process ends, however that happens. No file is left behind.
final class GatewayClaim: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// - Returns: `nil` if another process, or another platform in this process, has the claim.
    private static func make(_ name: String, in namespace: String?) throws(NetworkError) -> GatewayClaim? {
        #if os(Linux)
            try NetworkNamespace.inside(namespace) { () throws(NetworkError) -> GatewayClaim? in
                let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
                guard descriptor >= 0 else { throw NetworkError("a socket cannot be opened: \(NetlinkError.text(errno))") }
                let claim = GatewayClaim(descriptor)
                var address = sockaddr_un()
                address.sun_family = sa_family_t(AF_UNIX)
                let text = Array("network-as-code/\(name)".utf8)
                withUnsafeMutableBytes(of: &address.sun_path) { $0.dropFirst().copyBytes(from: text) }
                let size = socklen_t(MemoryLayout<sa_family_t>.size + 1 + text.count)
                let status = withUnsafePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) } }
                guard status != 0 else { return claim }
                guard errno == EADDRINUSE else { throw NetworkError("\(name) cannot be claimed: \(NetlinkError.text(errno))") }
                return nil
            }
        #else
            throw NetworkError("the Linux network needs Linux")
        #endif
    }

    /// Claims the interfaces and the table of a platform. Blocks for a moment if they are not free: a process that
    /// was just killed may still have them.
    ///
    /// - Throws: ``SessionEngine/NetworkError`` naming the part that another platform has, and the setting that
    ///   helps.
    static func all(of configuration: LinuxNetworkConfiguration) throws(NetworkError) -> [GatewayClaim] {
        var claims: [GatewayClaim] = []
        for direction in Direction.allCases {
            let interface = configuration.link(direction).interface
            claims.append(
                try wait(for: "interface/\(interface)", in: configuration.namespace) {
                    "another platform in this network namespace shapes \(interface); an interface belongs to one platform (network.\(direction).interface)"
                })
        }
        claims.append(
            try wait(for: "table/\(configuration.tableName)", in: configuration.namespace) {
                "another platform in this network namespace has the table inet \(configuration.tableName); "
                    + "network.name gives this one a table of its own, such as network.name: east"
            })
        return claims
    }

    private static func wait(for name: String, in namespace: String?, otherwise: () -> String) throws(NetworkError) -> GatewayClaim {
        for attempt in 0..<40 {
            if let claim = try make(name, in: namespace) { return claim }
            if attempt < 39 { usleep(50_000) }
        }
        throw NetworkError(otherwise())
    }
}
