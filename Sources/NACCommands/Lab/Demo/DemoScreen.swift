import Lab
import NetworkAsCode

/// Shows the progress of the demo: on a terminal the growing plot, elsewhere a line for each phase.
struct DemoScreen: DemoDisplay {
    let format: OutputFormat
    let surroundings: Surroundings
    let clock: DemoClock

    private var redraws: Bool { format == .table && surroundings.canRedraw }

    func begin(_ plan: DemoPlan) throws(WriteError) {
        guard format == .table, !redraws else { return }
        try surroundings.output.write(
            "A cell of \(LabText.rate(plan.topology.cell)) with \(plan.topology.devices) devices; it takes \(Int(plan.total)) s.\n")
    }

    func moment(_ phase: DemoPlan.Phase, at seconds: Double) throws(WriteError) {
        guard format == .table, !redraws else { return }
        try surroundings.output.write("\(DemoText.fixed(seconds, 1)) s: \(phase.moment)\n")
    }

    /// Redraws the plot until the task is cancelled, then erases the plot.
    func follow(_ recorder: DemoRecorder, _ plan: DemoPlan) async throws {
        guard redraws else { return }
        var lines = 0
        defer { if lines > 0 { try? surroundings.output.write(Self.erase(lines)) } }
        while !Task.isCancelled {
            let plot = DemoPlot(measurements: recorder.measurements(at: clock.now), end: plan.total).text(on: page)
            try surroundings.output.write((lines > 0 ? Self.erase(lines) : "") + plot + "\n")
            lines = plot.count { $0 == "\n" } + 1
            do { try await clock.sleep(until: clock.now + 0.5) } catch { return }
        }
    }

    private var page: Page {
        Page(now: surroundings.time.wallTime(), width: surroundings.output.width(), hasColours: surroundings.hasColours)
    }

    /// The control sequence that moves the cursor up by this number of lines and erases all lines below.
    private static func erase(_ lines: Int) -> String { "\r\u{1b}[\(lines)A\u{1b}[J" }
}
