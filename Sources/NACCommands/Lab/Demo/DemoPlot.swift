import Lab

/// Throughput and round-trip time over time, drawn with characters.
struct DemoPlot {
    let measurements: DemoMeasurements
    /// The end of the time axis, in seconds; `nil` means the end of the measurements.
    var end: Double?

    private static let height = 6
    private static let margin = 6

    func text(on page: Page) -> String {
        let width = max(min(page.width ?? 100, 110), 40) - Self.margin - 2
        let time = TimeAxis(end: max(end ?? measurements.end, 1), columns: width)
        let guarantee = Double(measurements.plan.profile.guarantee) / 1_000_000
        let rates = (measurements.downstream + measurements.upstream).map { $0.rate / 1_000_000 }
        let rateAxis = Axis.linear(to: max(rates.max() ?? 0, guarantee * 1.1))
        let trips = measurements.pings.compactMap(\.roundTrip)
        let panels: [(String, Axis, [(Double, Double)], mark: Double?)] = [
            ("down, Mbit/s", rateAxis, measurements.downstream.map { ($0.at, $0.rate / 1_000_000) }, guarantee),
            ("up, Mbit/s", rateAxis, measurements.upstream.map { ($0.at, $0.rate / 1_000_000) }, guarantee),
            ("round trip, ms", .logarithmic(trips.isEmpty ? [0.1, 100] : trips), measurements.pings.compactMap { ping in ping.roundTrip.map { (ping.at, $0) } }, nil),
        ]
        var lines = [indented(momentLabels(time))]
        for panel in panels {
            let title = panel.0 + (panel.mark.map { " (┄ guaranteed: \(Axis.text($0)))" } ?? "")
            lines.append(indented(Tone.quiet.apply(to: title, on: page)))
            lines += rows(panel.1, time.values(panel.2), mark: panel.mark, time, page)
        }
        return (lines + [indented(time.labels)]).joined(separator: "\n")
    }

    private func rows(_ axis: Axis, _ values: [Double?], mark: Double?, _ time: TimeAxis, _ page: Page) -> [String] {
        var canvas = BrailleCanvas(width: time.columns, height: Self.height)
        canvas.line(values.map { $0.map(axis.position) })
        let moments = Set(measurements.moments.filter { $0.key != .idle }.map { time.column($0.value) })
        let tickRows = Dictionary(axis.ticks.map { (row(axis.position($0)), $0) }, uniquingKeysWith: { first, _ in first })
        let markRow = mark.map { row(axis.position($0)) }
        return (0..<Self.height).map { row in
            let label = tickRows[row].map { Axis.text($0) } ?? ""
            var line = TextWidth.spaces(Self.margin - TextWidth.of(label)) + label + (tickRows[row] == nil ? " │" : " ┤")
            for run in runs(time) {
                let characters = run.columns.map { column in
                    canvas.character(column, row) ?? (moments.contains(column) ? "╎" : row == markRow ? "┄" : " ")
                }
                line += run.tone.apply(to: String(characters), on: page)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// The row of characters that contains a dot at this height.
    private func row(_ position: Double) -> Int { Int(((1 - position) * Double(Self.height * 4 - 1)).rounded()) / 4 }

    /// The ranges of columns that belong to one phase, with the tone of the phase.
    private func runs(_ time: TimeAxis) -> [(columns: Range<Int>, tone: Tone)] {
        var runs: [(columns: Range<Int>, tone: Tone)] = []
        var (start, tone) = (0, Tone.plain)
        for phase in DemoPlan.Phase.allCases {
            guard let moment = measurements.moments[phase] else { continue }
            let column = min(time.column(moment), time.columns)
            if column > start { runs.append((start..<column, tone)) }
            (start, tone) = (max(column, start), phase.tone)
        }
        return runs + [(start..<time.columns, tone)]
    }

    /// The labels of the phases. A label begins at the first column of its phase and ends before the next label.
    private func momentLabels(_ time: TimeAxis) -> String {
        let moments = measurements.moments.sorted { $0.value < $1.value }.map { (time.column($0.value), $0.key.moment) }
        var text = ""
        for (index, (column, label)) in moments.enumerated() {
            text += TextWidth.spaces(column - TextWidth.of(text))
            let next = index + 1 < moments.count ? moments[index + 1].0 : time.columns
            if next - column > 3 { text += TextWidth.cut(label, to: next - column - 1) }
        }
        return text
    }

    private func indented(_ line: String) -> String { TextWidth.spaces(Self.margin + 2) + line }
}

/// Time from left to right, in columns of two dots.
struct TimeAxis {
    /// The time at the right end, in seconds.
    let end: Double
    let columns: Int

    func column(_ time: Double) -> Int { min(max(Int(time / end * Double(columns)), 0), columns - 1) }

    /// The mean of the samples at each dot. Linear interpolation fills gaps of up to one second between samples.
    func values(_ samples: [(at: Double, value: Double)]) -> [Double?] {
        var sums = Array(repeating: (sum: 0.0, count: 0.0), count: columns * 2)
        for sample in samples where (0..<end).contains(sample.at) {
            let dot = min(Int(sample.at / end * Double(sums.count)), sums.count - 1)
            sums[dot] = (sums[dot].sum + sample.value, sums[dot].count + 1)
        }
        var values = sums.map { $0.count > 0 ? $0.sum / $0.count : nil }
        let reach = max(Int(Double(values.count) / end), 1)
        var last: Int?
        for index in sums.indices {
            guard let value = values[index] else { continue }
            if let last, index - last > 1, index - last <= reach, let first = values[last] {
                for between in (last + 1)..<index { values[between] = first + (value - first) * Double(between - last) / Double(index - last) }
            }
            last = index
        }
        return values
    }

    /// The seconds below the axis, each tick at its column.
    var labels: String {
        var text = ""
        for tick in Axis.linear(to: end, about: 6).ticks where tick <= end {
            let label = tick == 0 ? "0 s" : Axis.text(tick)
            let column = min(column(tick), columns - TextWidth.of(label))
            guard column >= TextWidth.of(text) else { continue }
            text += TextWidth.spaces(column - TextWidth.of(text)) + label
        }
        return text
    }
}
