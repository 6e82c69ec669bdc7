import DequeModule
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Gives turns to the connections of one event loop that have more requests waiting. Each connection passes one
/// request, and then the loop polls its sockets.
///
/// An event loop runs all its tasks before it polls again, and each request's task starts the task of the next
/// request. A connection that pipelines would therefore keep all others waiting. For this reason the next turn begins
/// with an event that the loop must poll for: a byte in a pipe.
final class Turnstile: Sendable {
    private struct State {
        var waiting = Deque<ConnectionHandler>()
        var isSignalled = false
        /// Whether the loop polls the pipe. Until then, or without a pipe, a timer replaces it.
        var polls = false
    }

    private static let known = NIOLockedValueBox<[ObjectIdentifier: Turnstile]>([:])

    private let loop: any EventLoop
    private let state: NIOLoopBoundBox<State>
    /// The pipe's end for writing; `nil` if the system provides no pipe.
    private let signal: CInt?

    /// The turnstile of an event loop. Call this method on that loop. The turnstile lives as long as the process.
    static func of(_ loop: any EventLoop) -> Turnstile {
        loop.preconditionInEventLoop()
        if let turnstile = known.withLockedValue({ $0[ObjectIdentifier(loop)] }) { return turnstile }
        let made = Turnstile(loop)
        known.withLockedValue { $0[ObjectIdentifier(loop)] = made }
        return made
    }

    private init(_ loop: any EventLoop) {
        self.loop = loop
        state = NIOLoopBoundBox(State(), eventLoop: loop)
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else {
            signal = nil
            return
        }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        signal = ends[1]
        NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(SignalHandler(self)) }
            }
            .takingOwnershipOfDescriptor(input: ends[0])
            .whenSuccess { [state] _ in state.value.polls = true }
    }

    /// Adds a connection to the queue for a turn. Call this method on the loop.
    func enqueue(_ connection: ConnectionHandler) {
        state.value.waiting.append(connection)
        requestTurn()
    }

    private func requestTurn() {
        guard !state.value.isSignalled else { return }
        state.value.isSignalled = true
        var byte: UInt8 = 1
        guard state.value.polls, let signal, write(signal, &byte, 1) == 1 else {
            loop.scheduleTask(in: .milliseconds(1)) { self.turn() }
            return
        }
    }

    fileprivate func turn() {
        state.value.isSignalled = false
        var round = Deque<ConnectionHandler>()
        swap(&round, &state.value.waiting)
        for connection in round { connection.takeTurn() }
    }
}

/// Receives the bytes that begin a turn.
private final class SignalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let turnstile: Turnstile

    init(_ turnstile: Turnstile) {
        self.turnstile = turnstile
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        turnstile.turn()
    }
}
