/// The measured rate of a flow in one interval.
public struct RateSample: Hashable, Sendable {
    /// The middle of the interval, in seconds since the beginning of the demo.
    public var at: Double
    /// Bits per second.
    public var rate: Double
}

/// One ping.
public struct PingSample: Hashable, Sendable {
    /// The time at which the ping was sent, in seconds since the beginning of the demo.
    public var at: Double
    /// The round-trip time in milliseconds; `nil` if no answer arrived.
    public var roundTrip: Double?
}

/// Converts the output of the measuring programs to samples on one time scale.
enum Samples {
    /// - Parameter lines: Each line with the time at which this program read the line, in seconds since 1970. A read
    ///   can be late, but never early.
    static func rates(_ lines: [(readAt: Double, line: IperfLine)], since beginning: Double) -> [RateSample] {
        // A late read makes the test seem to begin later, so the earliest result is the best estimate of its
        // beginning.
        guard let began = lines.map({ $0.readAt - $0.line.end }).min() else { return [] }
        var samples: [RateSample] = []
        var last = 0.0
        for (_, line) in lines where line.start >= last {
            // At the end of a test, iperf3 repeats the last interval.
            last = line.end
            samples.append(RateSample(at: began + (line.start + line.end) / 2 - beginning, rate: line.rate))
        }
        return samples
    }

    /// The answered pings in the order of their sequence numbers, with the unanswered pings between them.
    ///
    /// - Parameter upTo: The end of the measurement, in seconds since 1970. Unanswered pings of the last second are
    ///   left out, because their answers can still arrive.
    static func pings(_ lines: [PingLine], since beginning: Double, upTo end: Double) -> [PingSample] {
        let answers = Dictionary(lines.map { ($0.sequence, $0) }, uniquingKeysWith: { first, _ in first }).values.sorted { $0.sequence < $1.sequence }
        var samples: [PingSample] = []
        var before: PingLine?
        for answer in answers {
            if let before, answer.sequence > before.sequence + 1 {
                let step = (answer.sentAt - before.sentAt) / Double(answer.sequence - before.sequence)
                for missing in 1..<(answer.sequence - before.sequence) {
                    samples.append(PingSample(at: before.sentAt + step * Double(missing) - beginning))
                }
            }
            samples.append(PingSample(at: answer.sentAt - beginning, roundTrip: answer.roundTrip))
            before = answer
        }
        return samples.filter { $0.roundTrip != nil || $0.at < end - beginning - 1 }
    }
}

/// Mean and quantiles of many samples.
enum Statistics {
    static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// The smallest value that is not below at least this share of all values (the nearest-rank method); `nil` if
    /// there are no values.
    static func quantile(_ share: Double, of values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let rank = Int((share * Double(values.count)).rounded(.up))
        return values.sorted()[min(max(rank, 1), values.count) - 1]
    }
}
