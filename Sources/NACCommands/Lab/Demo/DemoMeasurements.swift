import QualityOnDemand

/// All that the demo saw. Times are seconds since its beginning.
struct DemoMeasurements: Hashable, Sendable {
    let plan: DemoPlan
    /// When each phase that came really began.
    var moments: [DemoPlan.Phase: Double] = [:]
    var end: Double = 0
    /// What device-1's flows carried.
    var downstream: [RateSample] = []
    var upstream: [RateSample] = []
    var pings: [PingSample] = []
    /// What the cell and the uplink carried in all, each once a while.
    var cell: [RateSample] = []
    var uplink: [RateSample] = []
    var sessionID: String?

    /// How long a phase lasted.
    func range(of phase: DemoPlan.Phase) -> Range<Double>? {
        guard let start = moments[phase] else { return nil }
        let next = DemoPlan.Phase(rawValue: phase.rawValue + 1).flatMap { moments[$0] } ?? end
        return next > start ? start..<next : nil
    }

    /// The part of a phase that figures are of: without the first two seconds, in which flows find their new rates, or two fifths where
    /// the phase is short.
    func measured(_ phase: DemoPlan.Phase) -> Range<Double>? {
        range(of: phase).map { $0.lowerBound + min(2, ($0.upperBound - $0.lowerBound) * 0.4)..<$0.upperBound }
    }

    /// The figures of each phase that came.
    var figures: [DemoFigures] {
        DemoPlan.Phase.allCases.compactMap { phase in measured(phase).map { DemoFigures(phase, $0, self) } }
    }
}

/// What device-1 got in one phase.
struct DemoFigures: Hashable, Sendable {
    let phase: DemoPlan.Phase
    /// The time that the figures are of.
    let range: Range<Double>
    /// Bits per second; `nil` where nothing was seen.
    let downstream: Double?
    let upstream: Double?
    /// Milliseconds.
    let median: Double?
    let ninetyNinth: Double?
    /// The share of pings that were not answered.
    let loss: Double?
    /// Bits per second that the cell and the uplink carried in all, with all headers.
    let cell: Double?
    let uplink: Double?

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
