#if os(Linux)
    import Foundation
    import Glibc
    import NIOConcurrencyHelpers

    /// Datagrams of one size at an even rate, from one network namespace to another.
    ///
    /// The flow distinguishes the packets that the network lost from the packets that this machine lost. A late
    /// sender sends less and does not catch up. If the receiver does not run and its buffer is full, the lost
    /// datagrams are counted separately.
    public final class DatagramFlow: Sendable {
        public struct Count: Sendable {
            public var sent = 0
            public var received = 0
            /// Datagrams that arrived when the receiver's buffer was full.
            public var overflowed = 0
            /// Bytes of the received IP packets, without the first packet.
            public var bytes = 0
            /// The time from the first received datagram to the last.
            public var time = Duration.zero

            /// Datagrams that were lost on the way.
            public var lost: Int { sent - received - overflowed }
            /// Bits per second of received IP packets, from the first packet to the last.
            public var rate: Double { time > .zero ? Double(bytes) * 8 / (time / .seconds(1)) : 0 }
        }

        /// The two ends of a flow.
        public struct Path: Sendable {
            public var from: String
            public var to: String
            public var address: String
            public var port: UInt16
            /// The sender's port; `nil` leaves the choice to the kernel.
            public var sourcePort: UInt16?
            /// The sender's address; `nil` leaves the choice to the kernel.
            public var sourceAddress: String?

            /// - Parameters:
            ///   - from: the name of the sender's namespace, as `ip netns` shows it.
            ///   - to: the name of the receiver's namespace.
            public init(from: String, to: String, address: String, port: UInt16, sourceAddress: String? = nil, sourcePort: UInt16? = nil) {
                (self.from, self.to, self.address, self.port) = (from, to, address, port)
                (self.sourceAddress, self.sourcePort) = (sourceAddress, sourcePort)
            }

            fileprivate var isIPv6: Bool { address.contains(":") }
            fileprivate var headers: Int { isIPv6 ? 48 : 28 }
        }

        private struct State {
            var count = Count()
            var isSending = true
            var isReceiving = true
            var threads = 0
            var first: ContinuousClock.Instant?
        }

        private let path: Path
        /// Bytes of each IP packet.
        private let size: Int
        private let interval: Duration
        private let state = NIOLockedValueBox(State())

        /// Starts to send.
        ///
        /// - Parameters:
        ///   - rate: bits per second of IP packets.
        ///   - size: bytes of each IP packet.
        ///   - isReceived: whether there is a receiver. A flood needs none.
        public init(_ path: Path, rate: Int, size: Int, isReceived: Bool = true) throws {
            self.path = path
            self.size = size
            interval = .seconds(1) * (Double(size * 8) / Double(rate))
            let receiver = try isReceived ? DatagramSocket(in: path.to, isIPv6: path.isIPv6, port: path.port) : nil
            let sender = try DatagramSocket(in: path.from, isIPv6: path.isIPv6, address: path.sourceAddress, port: path.sourcePort)
            try sender.connect(to: path.address, port: path.port)
            if let receiver { run { self.receive(receiver) } }
            run { self.send(sender) }
        }

        /// The counts so far.
        public var count: Count { state.withLockedValue { $0.count } }

        /// Ends the flow, and waits for the datagrams that are still on the way.
        public func stop() async throws -> Count {
            state.withLockedValue { $0.isSending = false }
            // All datagrams in queues arrive within three seconds.
            for _ in 0..<300 where state.withLockedValue({ $0.count.lost > 0 || $0.threads > 1 }) { try await Task.sleep(for: .milliseconds(10)) }
            state.withLockedValue { $0.isReceiving = false }
            while state.withLockedValue({ $0.threads > 0 }) { try await Task.sleep(for: .milliseconds(10)) }
            return count
        }

        private func run(_ body: @escaping @Sendable () -> Void) {
            state.withLockedValue { $0.threads += 1 }
            Thread {
                body()
                self.state.withLockedValue { $0.threads -= 1 }
            }.start()
        }

        private func send(_ socket: DatagramSocket) {
            defer { socket.close() }
            let payload = [UInt8](repeating: 0x78, count: size - path.headers)
            var next = ContinuousClock.now
            while state.withLockedValue({ $0.isSending }) {
                let now = ContinuousClock.now
                if now - next > .milliseconds(20) { next = now }
                var sent = 0
                while next <= now {
                    if Glibc.send(socket.descriptor, payload, payload.count, 0) == payload.count { sent += 1 }
                    next += interval
                }
                state.withLockedValue { $0.count.sent += sent }
                let rest = Int((next - ContinuousClock.now) / .microseconds(1))
                if rest > 0 { usleep(UInt32(max(rest, 500))) }
            }
        }

        private func receive(_ socket: DatagramSocket) {
            defer { socket.close() }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while state.withLockedValue({ $0.isReceiving }) {
                let length = recv(socket.descriptor, &buffer, buffer.count, 0)
                let overflowed = socket.overflowed
                state.withLockedValue { state in
                    state.count.overflowed = overflowed
                    guard length >= 0 else { return }
                    let now = ContinuousClock.now
                    let first = state.first ?? now
                    // The first datagram only marks the beginning. The rate counts the datagrams after the first.
                    if state.first != nil { state.count.bytes += length + path.headers }
                    (state.first, state.count.time) = (first, now - first)
                    state.count.received += 1
                }
            }
        }
    }
#endif
