import QualityOnDemand
import SessionEngine

/// When each of many sessions must have ended: at most a second after its time, and no sooner than the machine can write.
///
/// The machine's own speed is measured in the same run. Where it writes ends as fast as they come, this is a second for each.
struct Pace {
    let many: ManySessions
    /// How long one end takes at most, with many at once.
    let cost: Duration

    /// - Parameter measured: how long this machine takes to write what one end writes, see ``ManySessions/costOfAnEnd()``. The
    ///   platform has half as much again: it also reads each session, tells the network, and answers those who watch it.
    init(_ many: ManySessions, measured: Duration) {
        self.many = many
        cost = measured * 3 / 2
    }

    /// The time at which the session of that index is due: its own, or that at which the machine is through with those before it.
    func due(_ index: Int) -> Timestamp {
        max(many.deadlines[index].time, many.start.adding(milliseconds: (cost * (index + 1)).milliseconds))
    }

    /// How many may not have ended at that time.
    func mostLeft(at now: Timestamp) -> Int {
        let latest = now.adding(milliseconds: -MachineStalls.allowance(at: now).milliseconds)
        let written = max(latest.since(many.start), .zero) / cost
        return max(many.count(endingAfter: latest), many.deadlines.count - Int(min(written, Double(many.deadlines.count))))
    }
}
