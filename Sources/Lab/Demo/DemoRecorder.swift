import NIOConcurrencyHelpers

/// Collects the output of the measuring programs, on any thread.
public final class DemoRecorder: Sendable {
    private struct Raw {
        var downstream: [(readAt: Double, line: IperfLine)] = []
        var upstream: [(readAt: Double, line: IperfLine)] = []
        var pings: [PingLine] = []
        var counters: [(at: Double, cell: Int, uplink: Int)] = []
        var moments: [DemoPlan.Phase: Double] = [:]
        var sessionID: String?
        /// The last line of each program, for the error message if the program fails.
        var lastLines: [String: String] = [:]
        var listening: Set<String> = []
    }

    /// The direction of device-1's flow.
    enum Direction: String, Sendable {
        case downstream, upstream
    }

    private let plan: DemoPlan
    private let raw = NIOLockedValueBox(Raw())

    init(_ plan: DemoPlan) {
        self.plan = plan
    }

    // MARK: Input

    func iperf(_ direction: Direction, _ readAt: Double, _ text: String) {
        let line = IperfLine(text)
        raw.withLockedValue { raw in
            if text.contains("Server listening") { raw.listening.insert(direction.rawValue) }
            guard let line else { return Self.remember(direction.rawValue, text, &raw) }
            switch direction {
            case .downstream: raw.downstream.append((readAt, line))
            case .upstream: raw.upstream.append((readAt, line))
            }
        }
    }

    func ping(_ text: String) {
        let line = PingLine(text)
        raw.withLockedValue { raw in
            if let line { raw.pings.append(line) } else { Self.remember("ping", text, &raw) }
        }
    }

    func other(_ name: String, _ text: String) {
        raw.withLockedValue { Self.remember(name, text, &$0) }
    }

    /// Records how many bytes the gateway has sent on each link since the gateway exists.
    func counters(at time: Double, cell: Int, uplink: Int) {
        raw.withLockedValue { $0.counters.append((time, cell, uplink)) }
    }

    func began(_ phase: DemoPlan.Phase, at time: Double) {
        raw.withLockedValue { $0.moments[phase] = time }
    }

    func session(_ id: String) {
        raw.withLockedValue { $0.sessionID = id }
    }

    private static func remember(_ name: String, _ text: String, _ raw: inout Raw) {
        if !text.allSatisfy({ $0 == "-" || $0 == " " }) { raw.lastLines[name] = text }
    }

    // MARK: Results

    var listens: Bool { raw.withLockedValue { $0.listening.count == 2 } }

    /// Whether measurements of both flows and of the ping have arrived.
    var measures: Bool { raw.withLockedValue { !$0.downstream.isEmpty && !$0.upstream.isEmpty && !$0.pings.isEmpty } }

    /// The last line of a program's output.
    func lastLine(_ name: String) -> String { raw.withLockedValue { $0.lastLines[name] } ?? "it printed nothing" }

    /// The last line of each program that has no measurements yet.
    var complaint: String {
        raw.withLockedValue { raw in
            let silent = [
                raw.downstream.isEmpty ? "downstream" : nil, raw.upstream.isEmpty ? "upstream" : nil, raw.pings.isEmpty ? "ping" : nil,
            ]
            return silent.compactMap { $0 }.map { "\($0): \(raw.lastLines[$0] ?? "nothing")" }.joined(separator: "; ")
        }
    }

    /// All measurements from the beginning of the first phase until now.
    public func measurements(at now: Double) -> DemoMeasurements {
        let raw = raw.withLockedValue { $0 }
        let beginning = raw.moments[.idle] ?? now
        var result = DemoMeasurements(plan: plan)
        result.moments = raw.moments.mapValues { $0 - beginning }
        result.end = now - beginning
        result.sessionID = raw.sessionID
        result.downstream = Samples.rates(raw.downstream, since: beginning).filter { $0.at >= 0 }
        result.upstream = Samples.rates(raw.upstream, since: beginning).filter { $0.at >= 0 }
        result.pings = Samples.pings(raw.pings, since: beginning, upTo: now).filter { $0.at >= 0 }
        for (before, after) in zip(raw.counters, raw.counters.dropFirst()) where after.at > before.at {
            let (middle, seconds) = ((before.at + after.at) / 2 - beginning, after.at - before.at)
            result.cell.append(RateSample(at: middle, rate: Double(after.cell - before.cell) * 8 / seconds))
            result.uplink.append(RateSample(at: middle, rate: Double(after.uplink - before.uplink) * 8 / seconds))
        }
        return result
    }
}
