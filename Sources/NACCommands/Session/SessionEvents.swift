import CAMARA
import NetworkAsCode
import QualityOnDemand

/// The events of a session, and how far their delivery has come.
struct SessionEvents: Answer {
    let events: [SessionEventInfo]

    var note: String? { events.isEmpty ? "no events" : nil }

    func text(on page: Page) -> String {
        guard !events.isEmpty else { return "" }
        // Only refusals and terminations by the network have a reason.
        let hasReasons = events.contains { $0.reason != nil }
        let columns = [
            Table.Column("TIME"), .init("STATUS"), .init("DELIVERY"), .init("ATTEMPTS"), .init("LAST OUTCOME"), .init("NEXT ATTEMPT", mayGo: true),
            .init("EVENT", mayGo: true),
        ] + (hasReasons ? [.init("REASON", least: 16, mayGo: true)] : [])
        let rows = events.map { event in
            [
                Cell(event.time.description), Cell([event.qosStatus.rawValue, event.statusInfo?.rawValue].compactMap(\.self).joined(separator: " ")),
                Self.cell(event.delivery), Cell("\(event.attempts)"), event.lastOutcome.map { Cell($0) } ?? .none,
                event.nextAttemptAt.map { Cell(TimeText.relative($0, to: page.now)) } ?? .none, Cell(event.id),
            ] + (hasReasons ? [event.reason.map { Cell($0) } ?? .none] : [])
        }
        return Table(columns: columns, rows: rows).text(on: page)
    }

    func write(to json: inout JSONWriter) {
        json.array(events) { $1.write(to: &$0) }
    }

    private static func cell(_ delivery: SessionEventInfo.Delivery?) -> Cell {
        switch delivery {
        case .pending: Cell("pending", .waiting)
        case .delivered: Cell("delivered", .good)
        case .stopped: Cell("stopped", .bad)
        case nil: Cell("no sink", .quiet)
        }
    }
}
