import CAMARA
import Lab
import NetworkAsCode

/// The output of `nac lab demo`: plot and table for people, or all samples for programs.
struct DemoResult: Answer {
    let measurements: DemoMeasurements
    /// The path of the SVG picture; `nil` if the demo wrote no picture.
    var picture: String?

    func text(on page: Page) -> String {
        var text = DemoPlot(measurements: measurements).text(on: page) + "\n\n" + table(on: page)
        if let picture { text += "\n\nThe picture is in \(TextWidth.printable(picture))." }
        return text
    }

    private func table(on page: Page) -> String {
        let columns = [
            Table.Column("DEVICE-1"), .init("DOWN"), .init("UP"), .init("ROUND TRIP"), .init("99TH"), .init("LOSS"),
            .init("CELL", mayGo: true), .init("UPLINK", mayGo: true),
        ]
        let rows = measurements.figures.map { figures -> [Cell] in
            let tone = figures.phase.tone
            return [
                Cell(figures.phase.name), DemoText.megabits(figures.downstream, tone), DemoText.megabits(figures.upstream, tone),
                DemoText.milliseconds(figures.median, tone), DemoText.milliseconds(figures.ninetyNinth, tone), DemoText.percent(figures.loss),
                DemoText.megabits(figures.cell, .quiet), DemoText.megabits(figures.uplink, .quiet),
            ]
        }
        let plan = measurements.plan
        let note = "\(plan.profile.name) guarantees \(LabText.rate(plan.profile.guarantee)) each way; device-1's application sends \(LabText.rate(plan.applicationRate)) each way, "
            + "the others what they can. The first seconds of each phase are left out."
        return Table(columns: columns, rows: rows).text(on: page) + "\n\n" + note
    }

    func write(to json: inout JSONWriter) {
        let plan = measurements.plan
        json.object { json in
            json.write("devices", plan.topology.devices)
            json.write("cell", plan.topology.cell)
            json.write("uplink", plan.topology.uplink)
            json.write("competingFlowsEachWay", (plan.topology.devices - 1) * DemoPlan.flows)
            json.write("qosProfile", plan.profile.name.rawValue)
            json.write("guarantee", plan.profile.guarantee)
            json.write("applicationRate", plan.applicationRate)
            json.write("sessionId", measurements.sessionID)
            json.name("phases")
            json.array(measurements.figures) { json, figures in write(figures, to: &json) }
            json.name("samples")
            json.object { json in
                json.rates("downstream", measurements.downstream)
                json.rates("upstream", measurements.upstream)
                json.rates("cell", measurements.cell)
                json.rates("uplink", measurements.uplink)
                json.name("roundTrip")
                json.array(measurements.pings) { json, ping in
                    json.object { json in
                        json.write("at", rounded: ping.at)
                        json.write("milliseconds", rounded: ping.roundTrip)
                    }
                }
            }
        }
    }

    private func write(_ figures: DemoFigures, to json: inout JSONWriter) {
        json.object { json in
            json.write("name", figures.phase.key)
            json.write("began", rounded: measurements.moments[figures.phase])
            json.write("measuredFrom", rounded: figures.range.lowerBound)
            json.write("measuredTo", rounded: figures.range.upperBound)
            json.write("downstream", figures.downstream.map { Int($0) })
            json.write("upstream", figures.upstream.map { Int($0) })
            json.write("roundTripMedian", rounded: figures.median)
            json.write("roundTrip99th", rounded: figures.ninetyNinth)
            json.write("loss", rounded: figures.loss)
            json.write("cell", figures.cell.map { Int($0) })
            json.write("uplink", figures.uplink.map { Int($0) })
        }
    }
}

extension JSONWriter {
    /// Rounds to three decimals: seconds to milliseconds, milliseconds to microseconds.
    fileprivate mutating func write(_ name: StaticString, rounded value: Double?) {
        write(name, value) { $0.number(($1 * 1000).rounded() / 1000) }
    }

    fileprivate mutating func rates(_ name: StaticString, _ samples: [RateSample]) {
        self.name(name)
        array(samples) { json, sample in
            json.object { json in
                json.write("at", rounded: sample.at)
                json.write("rate", Int(sample.rate))
            }
        }
    }
}

extension DemoPlan.Phase {
    /// The tone for the quality that device-1 has in the phase.
    var tone: Tone {
        switch self {
        case .idle: .plain
        case .session: .good
        case .congested, .after: .bad
        }
    }
}

/// Formats figures for people.
enum DemoText {
    static func megabits(_ rate: Double?, _ tone: Tone = .plain) -> Cell {
        rate.map { Cell("\(fixed($0 / 1_000_000, 1)) Mbit/s", tone) } ?? .none
    }

    static func milliseconds(_ value: Double?, _ tone: Tone = .plain) -> Cell {
        value.map { Cell("\(fixed($0, $0 < 1 ? 2 : $0 < 10 ? 1 : 0)) ms", tone) } ?? .none
    }

    static func percent(_ share: Double?) -> Cell {
        share.map { Cell("\(fixed($0 * 100, 1)) %") } ?? .none
    }

    /// The value with this number of decimals.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        let scale = [1.0, 10, 100, 1000][digits]
        let whole = Int((value.magnitude * scale).rounded())
        let sign = value < 0 && whole > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        let fraction = "\(whole % Int(scale))"
        return "\(sign)\(whole / Int(scale)).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }
}
