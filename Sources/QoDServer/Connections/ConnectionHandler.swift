import CAMARA
import DequeModule
import HTTPTypes
import NIOCore
import NIOHTTP1
import QualityOnDemand

/// Supervises one connection: the handler passes on one request at a time, each in its turn, and ends every request
/// that has no end.
///
/// The handler stands between NIO's HTTP/1.1 decoder and the code that answers requests. It decides everything about
/// the connection: the checks of the head, the deadlines, `100 Continue`, the bytes of an unwanted body that it reads,
/// and the time to close.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    let entry: ConnectionEntry
    let refusals: OperationMetrics
    private let turnstile: Turnstile
    var state: ConnectionState
    var context: ChannelHandlerContext?
    var timer: (task: Scheduled<Void>, at: NIODeadline)?
    /// Parts of requests that wait for the answer to the request before them.
    private var waiting = Deque<HTTPServerRequestPart>()
    /// Whether the handler has asked for a turn.
    private var awaitsTurn = false
    /// Whether a request from the current read had its turn.
    private var hadTurn = false
    /// Whether the pipeline asked for a read while parts were waiting.
    private var wantsRead = false
    /// Pieces of the body that the handler passes on together. A body that arrives byte by byte therefore does not
    /// wake the reader for each byte.
    private var pieces: ByteBuffer?
    /// The fault in the bytes after the current request.
    private var laterFault: TransportFault?
    /// Whether the client sends nothing more. The handler passes this event on after the waiting requests.
    private var hasEndedInput = false
    private var leftover = 0

    /// Call this initializer on the connection's event loop.
    init(_ entry: ConnectionEntry, rules: ConnectionRules, refusals: OperationMetrics) {
        self.entry = entry
        self.refusals = refusals
        turnstile = Turnstile.of(entry.channel.eventLoop)
        state = ConnectionState(rules, now: .now())
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        arm()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        disarm()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        disarm()
        waiting.removeAll()
        context.fireChannelInactive()
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch state.phase {
        case .closing: throwAway(part, context)
        case .exchange(let exchange) where exchange.hasEnded: waiting.append(part)
        case .exchange: pass(part, context)
        case .idle where awaitsTurn: waiting.append(part)
        case .idle where hadTurn:
            // The request before this one was answered at once, and other connections come first.
            waiting.append(part)
            askForTurn()
        case .idle: pass(part, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        hadTurn = false
        context.fireChannelReadComplete()
        switch state.phase {
        case .exchange(let exchange) where !exchange.hasEnded: arm()
        case .closing: context.read()
        default: break
        }
    }

    func read(context: ChannelHandlerContext) {
        guard waiting.isEmpty else {
            wantsRead = true
            return
        }
        context.read()
    }

    private func pass(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head):
            entry.spoke()
            hadTurn = true
            state.hasSpoken = true
            do throws(APIError) {
                state.phase = .exchange(ConnectionState.Exchange(try RequestHead(head), now: .now()))
            } catch {
                return refuse(error, correlator: head.headers.first(name: XCorrelator.headerName))
            }
            context.fireChannelRead(wrapInboundOut(part))
        case .body(let bytes):
            guard case .exchange(var exchange) = state.phase else { return }
            exchange.awaitsContinue = false
            exchange.remaining = exchange.remaining.map { max($0 - bytes.readableBytes, 0) }
            if exchange.isAnswered { exchange.rest += bytes.readableBytes }
            state.phase = .exchange(exchange)
            guard !exchange.isAnswered else { return exchange.rest > ConnectionRules.largestRest ? beginClosing() : () }
            collect(bytes, context)
        case .end:
            guard case .exchange(var exchange) = state.phase else { return }
            exchange.hasEnded = true
            state.phase = .exchange(exchange)
            if !exchange.isAnswered { passPieces(context) }
            context.fireChannelRead(wrapInboundOut(part))
            if exchange.isAnswered { next() }
        }
    }

    private func collect(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        if pieces?.writeImmutableBuffer(bytes) == nil { pieces = bytes }
        if let pieces, pieces.readableBytes >= ConnectionRules.largestPiece { passPieces(context) }
    }

    private func passPieces(_ context: ChannelHandlerContext) {
        guard let pieces else { return }
        self.pieces = nil
        context.fireChannelRead(wrapInboundOut(.body(pieces)))
    }

    private func throwAway(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        guard case .body(let bytes) = part else { return }
        throwAway(bytes.readableBytes, context)
    }

    private func throwAway(_ count: Int, _ context: ChannelHandlerContext) {
        leftover += count
        if leftover > ConnectionRules.largestLeftover { context.close(promise: nil) }
    }

    /// Starts the next request after the end of one.
    private func next() {
        guard let context else { return }
        state.phase = .idle
        pieces = nil
        state.lastActivity = .now()
        if timer == nil { arm() }
        if state.drainsUntil != nil { return beginClosing() }
        if !waiting.isEmpty {
            askForTurn()
        } else if let laterFault {
            refuse(laterFault.answer, correlator: nil)
        } else {
            resumeReading(context)
        }
    }

    private func askForTurn() {
        awaitsTurn = true
        turnstile.enqueue(self)
    }

    /// Passes on one of the waiting requests.
    func takeTurn() {
        awaitsTurn = false
        guard let context, case .idle = state.phase else { return }
        if state.drainsUntil != nil { return beginClosing() }
        while let part = waiting.popFirst() {
            pass(part, context)
            if case .exchange(let exchange) = state.phase, !exchange.hasEnded { continue }
            break
        }
        hadTurn = false
        context.fireChannelReadComplete()
        if hasEndedInput, waiting.isEmpty { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
        guard case .exchange(let exchange) = state.phase, !exchange.hasEnded else { return }
        if let laterFault { return report(laterFault, context) }
        arm()
        resumeReading(context)
    }

    private func resumeReading(_ context: ChannelHandlerContext) {
        guard wantsRead, waiting.isEmpty else { return }
        wantsRead = false
        context.read()
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .exchange(var exchange) = state.phase else {
            // The connection ends, and the client does not read this part.
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200:
            exchange.isAnswering = true
            exchange.isLast = !exchange.keepsAlive || state.drainsUntil != nil || exchange.leavesTooMuch
            if exchange.isLast {
                head.headers.replaceOrAdd(name: "connection", value: "close")
            } else if exchange.isOld {
                head.headers.replaceOrAdd(name: "connection", value: "keep-alive")
            }
            state.phase = .exchange(exchange)
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            exchange.isAnswered = true
            exchange.isLast = exchange.isLast || exchange.leavesTooMuch
            state.phase = .exchange(exchange)
            context.write(data, promise: promise)
            if exchange.isLast {
                beginClosing()
            } else if exchange.hasEnded {
                next()
            }
        default:
            context.write(data, promise: promise)
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is BodyWanted else { return context.triggerUserOutboundEvent(event, promise: promise) }
        if case .exchange(var exchange) = state.phase, exchange.awaitsContinue, !exchange.isAnswering {
            exchange.awaitsContinue = false
            state.phase = .exchange(exchange)
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
        }
        promise?.succeed()
    }

    /// Answers a request without passing it on, and ends the connection.
    private func refuse(_ error: APIError, correlator: String?) {
        guard let context else { return }
        refusals.record(status: error.info.status, nanoseconds: 0)
        let body = JSONWriter.document { error.info.write(to: &$0) }
        var headers = HTTPHeaders([("content-type", "application/json"), ("content-length", "\(body.count)"), ("connection", "close")])
        headers.add(name: XCorrelator.headerName, value: correlator.flatMap { XCorrelator.isValid($0) ? $0 : nil } ?? EdgeMiddleware.newCorrelator())
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: error.info.status), headers: headers))),
            promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        beginClosing()
    }

    // MARK: Ends

    /// Closes the output once everything is written, and discards further input for a moment.
    func beginClosing() {
        guard let context else { return }
        if case .closing = state.phase { return }
        state.phase = .closing(until: .now() + state.rules.linger)
        waiting.removeAll()
        context.flush()
        // NIO shuts the socket down after it has sent everything written before.
        context.close(mode: .output, promise: nil)
        arm()
        context.read()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case .closing = state.phase {
            guard case ByteToMessageDecoderError.dataReceivedInErrorState(_, let bytes) = error else { return context.close(promise: nil) }
            return throwAway(bytes.readableBytes, context)
        }
        if case ByteToMessageDecoderError.dataReceivedInErrorState = error { return }
        let fault: TransportFault = error is HTTPParserError && (error as? HTTPParserError) != .invalidEOFState ? .framing : .lost
        switch state.phase {
        case .exchange(let exchange) where exchange.hasEnded: laterFault = fault
        case .exchange where !waiting.isEmpty: laterFault = fault
        case .exchange: report(fault, context)
        case .idle where !waiting.isEmpty || awaitsTurn: laterFault = fault
        case .idle where fault == .framing: refuse(fault.answer, correlator: nil)
        case .idle, .closing: context.close(promise: nil)
        }
        if fault == .lost, !(error is HTTPParserError) { context.close(promise: nil) }
    }

    /// Reports a fault to the route, which waits for the body and sends the answer.
    func report(_ fault: TransportFault, _ context: ChannelHandlerContext) {
        guard case .exchange(let exchange) = state.phase, !exchange.isAnswering else { return context.close(promise: nil) }
        context.fireErrorCaught(fault)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: quiesce(context)
        case ChannelEvent.inputClosed:
            if case .closing = state.phase { return context.close(promise: nil) }
            hasEndedInput = true
            guard waiting.isEmpty else { return }
            context.fireUserInboundEventTriggered(event)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// The server stops: the connection accepts no further requests and gets a deadline for the current one.
    private func quiesce(_ context: ChannelHandlerContext) {
        state.drainsUntil = .now() + state.rules.drain
        switch state.phase {
        case .idle: isWritten ? context.close(promise: nil) : beginClosing()
        case .closing where isWritten: context.close(promise: nil)
        case .exchange, .closing: arm()
        }
    }
}
