/// What a flow was seen to carry in one interval.
struct RateSample: Hashable, Sendable {
    /// The middle of the interval, in seconds since the beginning.
    var at: Double
    /// Bits per second.
    var rate: Double
}

/// One ping.
struct PingSample: Hashable, Sendable {
    /// When it was sent, in seconds since the beginning.
    var at: Double
    /// Milliseconds; `nil` where no answer came.
    var roundTrip: Double?
}

/// Puts the lines of measuring programs on one time scale.
enum Samples {
    /// - Parameter lines: Each with when it was read, in seconds since 1970; reading may be late, and never is early.
    static func rates(_ lines: [(readAt: Double, line: IperfLine)], since beginning: Double) -> [RateSample] {
        // Of all lines the one that was read soonest tells best when the test began.
        guard let began = lines.map({ $0.readAt - $0.line.end }).min() else { return [] }
        var samples: [RateSample] = []
        var last = 0.0
        for (_, line) in lines where line.start >= last {
            // At its end iperf3 repeats the last interval.
            last = line.end
            samples.append(RateSample(at: began + (line.start + line.end) / 2 - beginning, rate: line.rate))
        }
        return samples
    }

    /// Answers by their number, and between them those that never came.
    ///
    /// - Parameter upTo: When it ended, in seconds since 1970; what was sent in the second before may still be on its way.
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
