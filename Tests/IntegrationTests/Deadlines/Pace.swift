import QualityOnDemand
import SessionEngine

/// The latest end of each of many sessions: one second after its deadline, or later if
/// the machine cannot write so fast.
///
/// The test measures the speed of the machine in the same run. If the machine writes ends as fast as they
/// come, each session has one second.
struct Pace {
    let many: ManySessions
    /// The longest time for the end of one session among many.
    let cost: Duration

    /// - Parameter measured: The time for writing the end of one session, see ``ManySessions/costOfAnEnd()``.
    ///   The platform has half as much again, because it also reads each session, releases the flow in the
    ///   network, and answers the clients.
    init(_ many: ManySessions, measured: Duration) {
        self.many = many
        cost = measured * 3 / 2
    }

    /// The time by which session `index` must end: its deadline, or the time at which the machine can
    /// have written all ends before it.
    func due(_ index: Int) -> Timestamp {
        max(many.deadlines[index].time, many.start.adding(milliseconds: (cost * (index + 1)).milliseconds))
    }

    /// The largest allowed number of sessions that have not ended at `now`.
    func mostLeft(at now: Timestamp) -> Int {
        let latest = now.adding(milliseconds: -MachineStalls.allowance(at: now).milliseconds)
        let written = max(latest.since(many.start), .zero) / cost
        return max(many.count(endingAfter: latest), many.deadlines.count - Int(min(written, Double(many.deadlines.count))))
    }
}
