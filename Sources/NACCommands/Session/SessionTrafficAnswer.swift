import CAMARA
import QualityOnDemand

/// The measured traffic of a session's flow, beside the promised rates.
struct SessionTrafficAnswer: Answer {
    let traffic: SessionTrafficInfo

    var note: String? { traffic.measuredAt == nil ? "the network that serves this session does not count its traffic" : nil }

    func text(on page: Page) -> String {
        let columns = [
            Table.Column("DIRECTION"), .init("GUARANTEED"), .init("AT MOST"), .init("NOW"), .init("BYTES"), .init("PACKETS"), .init("DROPPED"),
        ]
        let rows = [("downlink", traffic.downlink), ("uplink", traffic.uplink)].map { name, direction in
            [
                Cell(name), Self.rate(direction.targetMinRate), Self.rate(direction.maxRate), Self.rate(direction.currentRate),
                Self.count(direction.bytes), Self.count(direction.packets), Self.count(direction.droppedPackets),
            ]
        }
        return Table(columns: columns, rows: rows).text(on: page)
    }

    func write(to json: inout JSONWriter) {
        traffic.write(to: &json)
    }

    /// The rate rounded to three digits, in the largest unit that gives a value of at least 1.
    static func rate(_ bitsPerSecond: Int?) -> Cell {
        guard let bitsPerSecond else { return .none }
        let units: [(size: Int, name: String)] = [(1_000_000_000, "Gbit/s"), (1_000_000, "Mbit/s"), (1_000, "kbit/s")]
        guard let unit = units.first(where: { bitsPerSecond >= $0.size }) else { return Cell("\(bitsPerSecond) bit/s") }
        let whole = bitsPerSecond / unit.size
        let digits = whole >= 100 ? 0 : whole >= 10 ? 1 : 2
        let scale = [1, 10, 100][digits]
        let rounded = (bitsPerSecond * scale + unit.size / 2) / unit.size
        guard digits > 0, rounded % scale != 0 else { return Cell("\(rounded / scale) \(unit.name)") }
        let fraction = String(rounded % scale)
        return Cell("\(rounded / scale).\(String(repeating: "0", count: digits - fraction.count))\(fraction) \(unit.name)")
    }

    private static func count(_ value: Int?) -> Cell {
        value.map { Cell("\($0)") } ?? .none
    }
}
