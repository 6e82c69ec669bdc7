import Logging
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// Asks the connection tracking table, one question after the other, and refuses a question if too many wait.
final class TranslationLookup: Sendable {
    private let tracking: ConnectionTracking
    private let logger: Logger
    private let queue = BlockingQueue(label: "GatewayDirectory.conntrack")
    private let waiting = NIOLockedValueBox(0)
    private let lastTrouble = NIOLockedValueBox("")
    private static let mostWaiting = 256

    init(_ tracking: ConnectionTracking, logger: Logger) {
        self.tracking = tracking
        self.logger = logger
    }

    /// The addresses that are behind a public address and port; several if several devices use the port.
    func addresses(behind address: IPv4Address, port: UInt16) async throws(DirectoryError) -> [IPv4Address] {
        let mayWait = waiting.withLockedValue { waiting in
            guard waiting < Self.mostWaiting else { return false }
            waiting += 1
            return true
        }
        guard mayWait else { throw .unreachable("\(Self.mostWaiting) look-ups of public addresses wait already") }
        defer { waiting.withLockedValue { $0 -= 1 } }
        let tracking = self.tracking
        switch await queue.run({ Result { () throws(NetworkError) in try tracking.addresses(behind: address, port: port) } }) {
        case .success(let addresses):
            lastTrouble.withLockedValue { $0 = "" }
            return addresses
        case .failure(let error):
            note(error)
            throw .unreachable(error.description)
        }
    }

    /// Logs an error once, not for every request.
    private func note(_ error: NetworkError) {
        let isNew = lastTrouble.withLockedValue { last in
            defer { last = error.description }
            return last != error.description
        }
        if isNew { logger.error("The connection tracking table cannot be used", metadata: ["error": "\(error)"]) }
    }
}
