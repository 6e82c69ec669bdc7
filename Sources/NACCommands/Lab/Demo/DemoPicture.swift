import Foundation
import Lab

/// The measurements of the demo as an SVG picture for a document.
struct DemoPicture {
    let measurements: DemoMeasurements

    private static let (width, height) = (960.0, 600.0)
    private static let (left, right) = (72.0, 940.0)
    private static let rates = (top: 92.0, bottom: 312.0)
    private static let trips = (top: 364.0, bottom: 544.0)
    private static let (downColour, upColour, tripColour) = ("#0b62a4", "#c2571a", "#5b3a8e")

    var svg: String {
        let plan = measurements.plan
        let guarantee = Double(plan.profile.guarantee)
        let fastest = (measurements.downstream + measurements.upstream).map(\.rate).max() ?? 0
        let rateAxis = Axis.linear(to: max(fastest, guarantee * 1.1) / 1_000_000)
        let tripAxis = Axis.logarithmic(measurements.pings.compactMap(\.roundTrip))
        let others = (plan.topology.devices - 1) * DemoPlan.flows
        let title = "device-1 in a cell of \(LabText.rate(plan.topology.cell)), with \(others) flows of other devices each way"
        let heading = [text(Self.left, 28, title, "font-size=\"17\" font-weight=\"600\"")] + legend(guarantee)
        let panels = [
            backdrop(), grid(rateAxis, Self.rates, "Mbit/s"), grid(tripAxis, Self.trips, "round trip, ms"), [timeAxis],
            [line(y(guarantee / 1_000_000, rateAxis, Self.rates), "#777", "stroke-dasharray=\"5 4\"")],
            [
                path(measurements.downstream.map { ($0.at, $0.rate / 1_000_000) }, rateAxis, Self.rates, Self.downColour),
                path(measurements.upstream.map { ($0.at, $0.rate / 1_000_000) }, rateAxis, Self.rates, Self.upColour),
                path(measurements.pings.map { ($0.at, $0.roundTrip) }, tripAxis, Self.trips, Self.tripColour),
            ],
        ]
        let body = (heading + panels.flatMap { $0 }).map { "  \($0)\n" }.joined()
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(Self.width)) \(number(Self.height))" \
            font-family="Helvetica, Arial, sans-serif" font-size="13" fill="#222">
              <title>\(Self.escaped(title))</title>
              <rect width="100%" height="100%" fill="#fff"/>
            \(body)</svg>

            """
    }

    // MARK: Parts

    private func legend(_ guarantee: Double) -> [String] {
        let entries = [
            ("throughput down", Self.downColour, ""), ("throughput up", Self.upColour, ""),
            ("round trip", Self.tripColour, ""), ("guaranteed, \(LabText.rate(Int(guarantee))) each way", "#777", "stroke-dasharray=\"5 4\""),
        ]
        return entries.enumerated().flatMap { index, entry in
            let x = Self.left + Double(index) * 195
            return [
                "<line x1=\"\(number(x))\" y1=\"46\" x2=\"\(number(x + 24))\" y2=\"46\" stroke=\"\(entry.1)\" stroke-width=\"2\" \(entry.2)/>",
                text(x + 30, 50, entry.0),
            ]
        }
    }

    /// The coloured time range of the session, and the label of each phase at the beginning of the phase.
    private func backdrop() -> [String] {
        var parts: [String] = []
        for phase in DemoPlan.Phase.allCases {
            guard let range = measurements.range(of: phase) else { continue }
            let (from, to) = (x(range.lowerBound), x(range.upperBound))
            if phase == .session {
                for panel in [Self.rates, Self.trips] {
                    parts.append(
                        "<rect x=\"\(number(from))\" y=\"\(number(panel.top))\" width=\"\(number(to - from))\" height=\"\(number(panel.bottom - panel.top))\" fill=\"#e3f2e1\"/>")
                }
            }
            if phase != .idle {
                parts.append(
                    "<line x1=\"\(number(from))\" y1=\"80\" x2=\"\(number(from))\" y2=\"\(number(Self.trips.bottom))\" stroke=\"#444\" stroke-dasharray=\"2 3\"/>")
            }
            parts.append(text(from + (phase == .idle ? 0 : 4), 84, phase.moment, "font-size=\"12\""))
        }
        return parts
    }

    private func grid(_ axis: Axis, _ panel: (top: Double, bottom: Double), _ title: String) -> [String] {
        var parts: [String] = []
        for tick in axis.ticks {
            let y = y(tick, axis, panel)
            parts.append(line(y, tick == axis.ticks[0] ? "#444" : "#ddd"))
            parts.append(text(Self.left - 8, y + 4, Axis.text(tick), "text-anchor=\"end\""))
        }
        let middle = (panel.top + panel.bottom) / 2
        parts.append(text(0, 0, title, "text-anchor=\"middle\" transform=\"translate(22 \(number(middle))) rotate(-90)\""))
        return parts
    }

    private var timeAxis: String {
        let ticks = Axis.linear(to: max(measurements.end, 1), about: 8).ticks.filter { $0 <= measurements.end }
        let labels = ticks.map { text(x($0), Self.trips.bottom + 20, Axis.text($0), "text-anchor=\"middle\"") }
        return (labels + [text((Self.left + Self.right) / 2, Self.trips.bottom + 42, "seconds", "text-anchor=\"middle\"")]).joined(separator: "\n  ")
    }

    private func line(_ y: Double, _ colour: String, _ more: String = "") -> String {
        "<line x1=\"\(number(Self.left))\" y1=\"\(number(y))\" x2=\"\(number(Self.right))\" y2=\"\(number(y))\" stroke=\"\(colour)\" \(more)/>"
    }

    /// A line through all samples. A sample without a value interrupts the line.
    private func path(_ samples: [(at: Double, value: Double?)], _ axis: Axis, _ panel: (top: Double, bottom: Double), _ colour: String) -> String {
        var (data, isDown) = ("", false)
        for sample in samples where (0...max(measurements.end, 1)).contains(sample.at) {
            guard let value = sample.value else {
                isDown = false
                continue
            }
            data += "\(isDown ? "L" : "M")\(number(x(sample.at))) \(number(y(value, axis, panel)))"
            isDown = true
        }
        return "<path d=\"\(data)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.6\" stroke-linejoin=\"round\"/>"
    }

    // MARK: Places and texts

    private func x(_ time: Double) -> Double { Self.left + (Self.right - Self.left) * time / max(measurements.end, 1) }

    private func y(_ value: Double, _ axis: Axis, _ panel: (top: Double, bottom: Double)) -> Double {
        panel.bottom - (panel.bottom - panel.top) * axis.position(value)
    }

    private func text(_ x: Double, _ y: Double, _ text: String, _ more: String = "") -> String {
        "<text x=\"\(number(x))\" y=\"\(number(y))\" \(more)>\(Self.escaped(text))</text>"
    }

    private func number(_ value: Double) -> String {
        let text = DemoText.fixed(value, 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;").replacingOccurrences(of: ">", with: "&gt;")
    }
}
