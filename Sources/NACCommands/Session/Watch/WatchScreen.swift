import NetworkAsCode
import QualityOnDemand
import UnixSignals

/// Follows a session in one line on a terminal. The line is drawn again each second.
actor WatchScreen {
    private var session: QoDSession
    private let surroundings: Surroundings

    /// Moves the cursor to the beginning of the line, and erases the line.
    private static let clear = "\r\u{1b}[2K"

    private init(_ session: QoDSession, _ surroundings: Surroundings) {
        self.session = session
        self.surroundings = surroundings
    }

    /// Follows the session until its end.
    ///
    /// - Throws: ``Interrupted`` on Ctrl-C, with the cursor on a line of its own.
    static func run(_ session: QoDSession, _ surroundings: Surroundings) async throws {
        let screen = WatchScreen(session, surroundings)
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in signals { throw Interrupted() }
                throw CancellationError()
            }
            group.addTask { try await screen.tick() }
            group.addTask { try await screen.follow(session.statusUpdates) }
            defer { group.cancelAll() }
            do {
                try await group.next()
            } catch {
                try? surroundings.output.write("\n")
                throw error
            }
        }
        try await screen.finish()
    }

    /// Returns when the session has ended.
    private func follow(_ updates: StatusUpdates) async throws {
        for try await session in updates {
            self.session = session
            try draw()
        }
    }

    private func tick() async throws {
        while true {
            try draw()
            // Sleeps until the next second of the countdown begins, so that the countdown skips no second.
            let rest = ((session.expires?.milliseconds ?? 0) - surroundings.time.wallTime().milliseconds) % 1000
            try await surroundings.time.sleep(.milliseconds(rest > 0 ? rest : rest + 1000))
        }
    }

    private func draw() throws(WriteError) {
        try surroundings.output.write(Self.clear + WatchLine.text(session, on: page))
    }

    private func finish() throws(WriteError) {
        try surroundings.output.write(Self.clear + WatchLine.end(of: session) + "\n")
    }

    private var page: Page {
        Page(now: surroundings.time.wallTime(), width: surroundings.output.width(), hasColours: surroundings.hasColours)
    }
}
