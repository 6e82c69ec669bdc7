import NIOConcurrencyHelpers
import QualityOnDemand
import SessionEngine

/// A row has values that no version has written.
struct UnreadableRow: Error, CustomStringConvertible {
    let session: SessionID

    var description: String { "the session \(session) cannot be read: a column holds what no version has written" }
}

/// The rows that could not be read. Each one is set aside, so that it blocks neither a page nor the start.
///
/// The number is bounded; a row above the bound is set aside as well, but not reported.
final class UnreadableRows: Sendable {
    private struct State {
        var known: Set<SessionID> = []
        var unreported: [SessionID] = []
    }

    private let state = NIOLockedValueBox(State())
    private let capacity = 10_000

    /// Reads a row.
    ///
    /// - Returns: `nil` if the row cannot be read.
    func readable<Value>(_ read: () throws -> Value?) throws -> Value? {
        do {
            return try read()
        } catch let row as UnreadableRow {
            note(row)
            return nil
        }
    }

    func note(_ row: UnreadableRow) {
        state.withLockedValue { state in
            guard state.known.count < capacity, state.known.insert(row.session).inserted else { return }
            state.unreported.append(row.session)
        }
    }

    /// The sessions that were found since the last call.
    func take() -> [SessionID] {
        state.withLockedValue { state in
            defer { state.unreported = [] }
            return state.unreported
        }
    }
}
