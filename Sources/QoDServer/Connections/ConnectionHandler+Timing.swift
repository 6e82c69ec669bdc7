import NIOCore

extension ConnectionHandler {
    /// The number of bytes that the socket has not accepted yet.
    private var buffered: Int {
        (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    var isWritten: Bool { buffered == 0 }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !context.channel.isWritable { arm() }
        context.fireChannelWritabilityChanged()
    }

    /// Schedules the next check of the connection. A timer that fires too early stays as it is.
    func arm() {
        switch state.due(at: .now(), buffered: buffered) {
        case .nothing(let deadline?): schedule(deadline)
        case .nothing(nil): break
        case .close, .refuseBody: schedule(.now())
        }
    }

    func disarm() {
        timer?.task.cancel()
        timer = nil
    }

    private func schedule(_ deadline: NIODeadline) {
        if let timer {
            guard deadline < timer.at else { return }
            timer.task.cancel()
        }
        guard let context else { return }
        timer = (context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in self?.timeIsUp() }, deadline)
    }

    private func timeIsUp() {
        timer = nil
        guard let context else { return }
        switch state.due(at: .now(), buffered: buffered) {
        case .nothing(let deadline?): schedule(deadline)
        // No deadline exists before the next answer, or before the socket accepts no more bytes. Both events arm the
        // timer again.
        case .nothing(nil): break
        case .close: context.close(promise: nil)
        case .refuseBody:
            report(.slow, context)
            schedule(.now() + state.rules.linger)
        }
    }
}
