/// One answer that `ping -D` tells of: `[1795448228.198767] 64 bytes from 198.51.100.7: icmp_seq=306 ttl=62 time=122 ms`.
struct PingLine: Hashable, Sendable {
    let sequence: Int
    /// Seconds since 1970, when it came.
    let receivedAt: Double
    /// Milliseconds.
    let roundTrip: Double

    /// When the question was sent.
    var sentAt: Double { receivedAt - roundTrip / 1000 }

    /// - Returns: `nil` for lines that tell something else.
    init?(_ line: some StringProtocol) {
        guard line.hasPrefix("["), let bracket = line.firstIndex(of: "]"), line.contains(" bytes from "),
            let receivedAt = Double(line[line.index(after: line.startIndex)..<bracket]),
            let sequence = Self.number("icmp_seq=", line).flatMap({ Int($0) }), let roundTrip = Self.number("time=", line).flatMap({ Double($0) })
        else { return nil }
        self.sequence = sequence
        self.receivedAt = receivedAt
        self.roundTrip = roundTrip
    }

    private static func number(_ name: String, _ line: some StringProtocol) -> String? {
        line.split(separator: " ").first { $0.hasPrefix(name) }.map { String($0.dropFirst(name.count)) }
    }
}
