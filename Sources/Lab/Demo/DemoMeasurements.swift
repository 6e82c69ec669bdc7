import QualityOnDemand

/// All measurements of the demo. Times are in seconds since the beginning of the demo.
public struct DemoMeasurements: Hashable, Sendable {
    /// The plan of the demo.
    public let plan: DemoPlan
    /// The actual beginning of each phase that has begun.
    public var moments: [DemoPlan.Phase: Double] = [:]
    /// The end of the measurements.
    public var end: Double = 0
    /// The rates of device-1's flows.
    public var downstream: [RateSample] = []
    /// The rates of the flow to the service.
    public var upstream: [RateSample] = []
    /// The pings of device-1.
    public var pings: [PingSample] = []
    /// The total rates of the cell and of the uplink, measured at regular intervals.
    public var cell: [RateSample] = []
    /// The total rate of the uplink.
    public var uplink: [RateSample] = []
    /// The id of the session, once it exists.
    public var sessionID: String?

    /// The time range of a phase; `nil` if the phase has not begun, or has no length.
    public func range(of phase: DemoPlan.Phase) -> Range<Double>? {
        guard let start = moments[phase] else { return nil }
        let next = DemoPlan.Phase(rawValue: phase.rawValue + 1).flatMap { moments[$0] } ?? end
        return next > start ? start..<next : nil
    }

    /// The part of a phase from which the figures are computed.
    ///
    /// The first two seconds are left out, because flows need this time to find their new rates. In a phase shorter
    /// than five seconds, the first two fifths are left out.
    func measured(_ phase: DemoPlan.Phase) -> Range<Double>? {
        range(of: phase).map { $0.lowerBound + min(2, ($0.upperBound - $0.lowerBound) * 0.4)..<$0.upperBound }
    }

    /// The figures of each phase that has begun.
    public var figures: [DemoFigures] {
        DemoPlan.Phase.allCases.compactMap { phase in measured(phase).map { DemoFigures(phase, $0, self) } }
    }
}

/// The figures of device-1 in one phase.
public struct DemoFigures: Hashable, Sendable {
    /// The phase that the figures describe.
    public let phase: DemoPlan.Phase
    /// The time range from which the figures are computed.
    public let range: Range<Double>
    /// Bits per second; `nil` if there are no samples.
    public let downstream: Double?
    /// Bits per second; `nil` if there are no samples.
    public let upstream: Double?
    /// Round-trip times in milliseconds.
    public let median: Double?
    /// The 99th percentile of the round-trip times, in milliseconds.
    public let ninetyNinth: Double?
    /// The share of pings without an answer.
    public let loss: Double?
    /// Total bits per second of the cell and of the uplink, including all headers.
    public let cell: Double?
    /// Total bits per second of the uplink, including all headers.
    public let uplink: Double?

    init(_ phase: DemoPlan.Phase, _ range: Range<Double>, _ all: DemoMeasurements) {
        func rate(_ samples: [RateSample]) -> Double? { Statistics.mean(samples.filter { range.contains($0.at) }.map(\.rate)) }
        let pings = all.pings.filter { range.contains($0.at) }
        let answered = pings.compactMap(\.roundTrip)
        self.phase = phase
        self.range = range
        downstream = rate(all.downstream)
        upstream = rate(all.upstream)
        median = Statistics.quantile(0.5, of: answered)
        ninetyNinth = Statistics.quantile(0.99, of: answered)
        loss = pings.isEmpty ? nil : Double(pings.count - answered.count) / Double(pings.count)
        cell = rate(all.cell)
        uplink = rate(all.uplink)
    }
}
