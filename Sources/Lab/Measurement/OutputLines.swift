/// One interval in the output of iperf3: `[  5]   0.25-0.50   sec   580 KBytes  19002 Kbits/sec`.
struct IperfLine: Hashable, Sendable {
    /// Seconds since iperf3's test began.
    let start: Double
    let end: Double
    /// Bits per second of the application's data on the connection.
    let rate: Double

    /// - Returns: `nil` if the line reports no interval, or sums up the test.
    init?(_ line: some StringProtocol) {
        let words = line.drop { $0 != "]" }.dropFirst().split(separator: " ")
        guard words.count >= 6, words[1] == "sec", words[5] == "Kbits/sec", !line.contains("sender"), !line.contains("receiver") else { return nil }
        let ends = words[0].split(separator: "-")
        guard ends.count == 2, let start = Double(ends[0]), let end = Double(ends[1]), let rate = Double(words[4]), end > start else { return nil }
        self.start = start
        self.end = end
        self.rate = rate * 1000
    }
}

/// One answer of `ping -D`: `[1795448228.198767] 64 bytes from 198.51.100.7: icmp_seq=306 ttl=62 time=122 ms`.
struct PingLine: Hashable, Sendable {
    let sequence: Int
    /// The time at which the answer arrived, in seconds since 1970.
    let receivedAt: Double
    /// The round-trip time, in milliseconds.
    let roundTrip: Double

    /// The time at which ping sent the request, in seconds since 1970.
    var sentAt: Double { receivedAt - roundTrip / 1000 }

    /// - Returns: `nil` if the line reports no answer.
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
