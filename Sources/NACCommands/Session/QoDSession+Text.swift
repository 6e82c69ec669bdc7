import Foundation
import NetworkAsCode
import QualityOnDemand

extension QoDSession {
    var started: Timestamp? { startedAt.map { Timestamp($0) } }
    var expires: Timestamp? { expiresAt.map { Timestamp($0) } }

    var statusCell: Cell {
        Cell(statusText, tone)
    }

    /// The status in the API's words, followed by `statusInfo` if there is one.
    var statusText: String {
        status.rawValue + (statusInfo.map { " (\($0.rawValue))" } ?? "")
    }

    var tone: Tone {
        switch status {
        case .requested: .waiting
        case .available: .good
        case .unavailable: .bad
        default: .plain
        }
    }
}

extension Timestamp {
    /// Rounds the date to the millisecond, the precision of the API's times.
    init(_ date: Date) {
        self.init(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded()))
    }
}
