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
