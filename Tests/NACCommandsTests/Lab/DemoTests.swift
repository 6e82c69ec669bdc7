import CAMARA
import Foundation
import NetworkAsCode
import QualityOnDemand
import Testing

@testable import Lab
@testable import NACCommands

/// An invented demo with 2 s of each phase.
enum DemoSample {
    static func measurements() throws -> DemoMeasurements {
        var result = DemoMeasurements(plan: try DemoPlan(seconds: [5], topology: LabTopology()))
        result.moments = [.idle: 0, .congested: 5, .session: 10, .after: 15]
        result.end = 20
        result.sessionID = "0190aaaa-0000-7000-8000-000000000001"
        for step in 0..<80 {
            let at = Double(step) / 4 + 0.125
            let isGood = at < 5 || (10..<15).contains(at)
            result.downstream.append(RateSample(at: at, rate: isGood ? 19_000_000 : 3_000_000))
            result.upstream.append(RateSample(at: at, rate: isGood ? 18_500_000 : 5_000_000))
            result.cell.append(RateSample(at: at, rate: at < 5 ? 20_000_000 : 99_000_000))
            result.pings.append(PingSample(at: at, roundTrip: isGood ? 0.1 : step % 4 == 0 ? nil : 120))
        }
        return result
    }
}

@Suite struct DemoPlanTests {
    @Test(arguments: [(100, "DOWNLINK_L_UPLINK_L", 19_000_000), (40, "DOWNLINK_L_UPLINK_L", 19_000_000), (39, "DOWNLINK_M_UPLINK_M", 7_600_000), (8, "DOWNLINK_S_UPLINK_S", 3_800_000)])
    func `the session's guarantee leaves the others half of the lab`(megabits: Int, profile: String, rate: Int) throws {
        var topology = LabTopology()
        (topology.cell, topology.uplink) = (1_000_000_000, megabits * 1_000_000)
        let plan = try DemoPlan(seconds: [4, 8, 8, 6], topology: topology)
        #expect(plan.profile.name.rawValue == profile && plan.applicationRate == rate)
        #expect(plan.total == 26 && DemoPlan.Phase.allCases.map(plan.start) == [0, 4, 12, 20])
    }

    @Test func `a lab that is too narrow is told`() {
        var topology = LabTopology()
        topology.cell = 7_000_000
        #expect(throws: InvalidValue.self) { try DemoPlan(seconds: [4], topology: topology) }
    }
}

@Suite struct DemoFiguresTests {
    @Test func `figures are of each phase without its beginning`() throws {
        let figures = try DemoSample.measurements().figures
        #expect(figures.map(\.phase) == [.idle, .congested, .session, .after])
        #expect(figures.map(\.range.lowerBound) == [2, 7, 12, 17])
        #expect(figures.map(\.downstream) == [19_000_000, 3_000_000, 19_000_000, 3_000_000])
        #expect(figures.map(\.median) == [0.1, 120, 0.1, 120] && figures.map(\.ninetyNinth) == [0.1, 120, 0.1, 120])
        #expect(figures.map(\.loss) == [0, 0.25, 0, 0.25])
        #expect(figures[0].uplink == nil)
    }

    @Test func `a demo that was cut short has the phases that came`() throws {
        var measurements = try DemoSample.measurements()
        measurements.moments[.after] = nil
        measurements.end = 14
        #expect(measurements.figures.map(\.phase) == [.idle, .congested, .session])
        #expect(measurements.figures.last?.range == 11.6..<14)
        #expect(DemoMeasurements(plan: measurements.plan).figures.isEmpty)
    }

    @Test func `the table has a row for each phase, with units`() throws {
        let text = DemoResult(measurements: try DemoSample.measurements()).text(on: Page(now: World.start))
        #expect(text.contains("full, session     19.0 Mbit/s  18.5 Mbit/s  0.10 ms     0.10 ms  0.0 %   99.0 Mbit/s  –"), "\(text)")
        #expect(text.contains("full, no session  3.0 Mbit/s   5.0 Mbit/s   120 ms      120 ms   25.0 %"), "\(text)")
        #expect(text.contains("guarantees 20 Mbit/s each way"))
        #expect(!text.contains("\u{1b}"))
        let coloured = DemoResult(measurements: try DemoSample.measurements()).text(on: Page(now: World.start, width: 100, hasColours: true))
        #expect(coloured.contains("\u{1b}[32m"))
    }

    @Test func `the document has all samples, and nothing where nothing came`() throws {
        let result = DemoResult(measurements: try DemoSample.measurements())
        let bytes = JSONWriter.document { result.write(to: &$0) }
        let object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        let samples = try #require(object["samples"] as? [String: [[String: Any]]])
        #expect(samples["downstream"]?.count == 80 && samples["roundTrip"]?.count == 80 && samples["uplink"]?.isEmpty == true)
        #expect(samples["roundTrip"]?.filter { $0["milliseconds"] == nil }.count == 10)
        let phases = try #require(object["phases"] as? [[String: Any]])
        #expect(phases.map { $0["name"] as? String } == ["idle", "congested", "session", "deleted"])
        #expect(phases[2]["downstream"] as? Int == 19_000_000 && phases[2]["uplink"] == nil && object["guarantee"] as? Int == 20_000_000)
    }
}

@Suite struct DemoTextTests {
    @Test(arguments: [(0.0, 1, "0.0"), (9.96, 1, "10.0"), (-0.04, 1, "0.0"), (-1.25, 2, "-1.25"), (1234.5678, 3, "1234.568"), (0.05, 2, "0.05"), (99.5, 0, "100")])
    func `numbers have the digits that were asked for`(value: Double, digits: Int, text: String) {
        #expect(DemoText.fixed(value, digits) == text)
    }
}
