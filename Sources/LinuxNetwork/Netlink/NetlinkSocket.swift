import Southbound

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A connection to the kernel. Blocks; for one thread at a time.
///
/// The socket stays in the network namespace in which it was opened, even if the process moves to another.
final class NetlinkSocket {
    /// The kernel's subsystems (`linux/netlink.h`).
    enum Family: Int32 {
        case route = 0
        case netfilter = 12
    }

    let descriptor: Int32
    /// The kernel's name for this socket; announcements of its changes carry this name.
    private(set) var port: UInt32 = 0
    private var sequence: UInt32 = 1
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)

    /// - Parameter namespace: the name of a network namespace as `ip netns` knows it; `nil` for the process's own.
    init(_ family: Family, namespace: String? = nil) throws(NetworkError) {
        #if os(Linux)
            descriptor = try NetworkNamespace.inside(namespace) { () throws(NetworkError) -> Int32 in
                let descriptor = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), family.rawValue)
                guard descriptor >= 0 else { throw NetworkError("a netlink socket cannot be opened: \(NetlinkError.text(errno))") }
                return descriptor
            }
            setUp()
        #else
            throw NetworkError("the Linux network needs Linux")
        #endif
    }

    deinit {
        close(descriptor)
    }

    /// Room for large transactions, the kernel's explanations, and an end to waiting.
    private func setUp() {
        #if os(Linux)
            let (solNetlink, capAck, extAck): (Int32, Int32, Int32) = (270, 10, 11)
            // The first option works with CAP_NET_ADMIN only, and then exceeds the machine's usual limit.
            set(SOL_SOCKET, SO_SNDBUFFORCE, 64 << 20)
            set(SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
            set(solNetlink, capAck, 1)
            set(solNetlink, extAck, 1)
            var limit = timeval(tv_sec: 20, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            port = Self.name(descriptor)
        #endif
    }

    private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    #if os(Linux)
        /// Has the kernel name the socket (`struct sockaddr_nl`: family, padding, port, groups).
        private static func name(_ descriptor: Int32) -> UInt32 {
            var address: [UInt32] = [UInt32(AF_NETLINK).littleEndian, 0, 0]
            var size = socklen_t(MemoryLayout<UInt32>.size * address.count)
            return address.withUnsafeMutableBytes { bytes in
                let pointer = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
                guard bind(descriptor, pointer, size) == 0, getsockname(descriptor, pointer, &size) == 0 else { return 0 }
                return bytes.load(fromByteOffset: 4, as: UInt32.self)
            }
        }
    #endif

    /// An empty list of messages, whose numbers follow the messages sent before.
    func messages() -> NetlinkWriter { NetlinkWriter(firstSequence: sequence) }

    /// Sends messages and waits for the kernel's answers to all that ask for one.
    ///
    /// - Parameters:
    ///   - ignored: an error that does not count as one.
    ///   - body: receives all other answers of the kernel.
    /// - Throws: the first error, after all answers came.
    func perform(_ messages: NetlinkWriter, ignoring ignored: Int32? = nil, _ body: (NetlinkMessage) -> Void = { _ in }) throws(NetlinkError) {
        guard messages.count > 0 else { return }
        try send(messages)
        guard let first = messages.acknowledged.first, let last = messages.acknowledged.last else { return }
        var failure: NetlinkError?
        var isOver = false
        while !isOver {
            try receive { message in
                guard message.type == NetlinkMessage.error else { return body(message) }
                if message.errorNumber != 0, message.errorNumber != ignored, failure == nil {
                    failure = NetlinkError(number: message.errorNumber, explanation: message.explanation, index: Int(message.sequence &- first))
                }
                // The kernel answers a transaction that failed as a whole under the number of its beginning.
                if message.sequence == last || message.errorNumber != 0 && message.sequence < first { isOver = true }
            }
        }
        if let failure { throw failure }
    }

    /// Asks for a list, and hands over each message of it.
    ///
    /// - Returns: whether the list shows a single moment; if not, it changed during the listing.
    func list(_ request: NetlinkWriter, _ body: (NetlinkMessage) -> Void) throws(NetlinkError) -> Bool {
        let expected = request.nextSequence &- 1
        try send(request)
        var (isOver, isConsistent) = (false, true)
        var failure: NetlinkError?
        while !isOver {
            try receive { message in
                guard message.sequence == expected else { return }
                if message.wasInterrupted { isConsistent = false }
                switch message.type {
                case NetlinkMessage.done, NetlinkMessage.error:
                    if message.errorNumber != 0 { failure = NetlinkError(number: message.errorNumber, explanation: message.explanation) }
                    isOver = true
                default: body(message)
                }
            }
        }
        if let failure { throw failure }
        return isConsistent
    }

    /// Also receives the kernel's announcements to a group.
    func join(_ group: Int32) throws(NetlinkError) {
        #if os(Linux)
            let (solNetlink, addMembership): (Int32, Int32) = (270, 1)
            var group = group
            guard setsockopt(descriptor, solNetlink, addMembership, &group, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
                throw NetlinkError(number: errno)
            }
        #endif
    }

    /// Hands over all pending announcements, without waiting for more.
    ///
    /// - Returns: whether some were lost, because there were more than the kernel keeps.
    func announcements(_ body: (NetlinkMessage) -> Void) -> Bool {
        var wereLost = false
        while true {
            let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT)) }
            if count > 0 { NetlinkReader(buffer[..<count]).forEachMessage(body) }
            if count < 0, errno == ENOBUFS { wereLost = true }
            guard count > 0 || errno == EINTR || errno == ENOBUFS else { return wereLost }
        }
    }

    private func send(_ messages: NetlinkWriter) throws(NetlinkError) {
        sequence = messages.nextSequence
        let sent = messages.bytes.withUnsafeBytes { Self.send(descriptor, $0) }
        guard sent == messages.bytes.count else { throw NetlinkError(number: sent < 0 ? errno : EMSGSIZE) }
    }

    /// Hands over the messages of one receive call.
    private func receive(_ body: (NetlinkMessage) -> Void) throws(NetlinkError) {
        while true {
            let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw NetlinkError(number: count == 0 ? EPIPE : errno) }
            return NetlinkReader(buffer[..<count]).forEachMessage(body)
        }
    }

    private static func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
            Darwin.send(descriptor, bytes.baseAddress, bytes.count, 0)
        #elseif canImport(Musl)
            Musl.send(descriptor, bytes.baseAddress, bytes.count, 0)
        #else
            Glibc.send(descriptor, bytes.baseAddress, bytes.count, 0)
        #endif
    }
}

/// A change that the kernel did not make, with the reason.
struct NetlinkError: Error, CustomStringConvertible {
    let number: Int32
    var explanation: String?
    /// The place of the failed message, counted from the first that asks for an answer.
    var index: Int?

    var description: String {
        let reason = explanation.map { "\(Self.text(number)): \($0)" } ?? Self.text(number)
        return number == EPERM ? "\(reason); CAP_NET_ADMIN is needed in the gateway's network namespace" : reason
    }

    static func text(_ number: Int32) -> String { String(cString: strerror(number)) }
}
