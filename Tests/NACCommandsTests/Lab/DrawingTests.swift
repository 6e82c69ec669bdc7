import Foundation
import Testing

@testable import Lab
@testable import NACCommands

@Suite struct AxisTests {
    @Test(arguments: [(22.0, [0.0, 5, 10, 15, 20, 25]), (100, [0, 20, 40, 60, 80, 100]), (0.9, [0, 0.2, 0.4, 0.6, 0.8, 1]), (0, [0, 0.2, 0.4, 0.6, 0.8, 1]), (26, [0, 10, 20, 30])] as [(Double, [Double])])
    func `a linear axis ends at a round number`(most: Double, ticks: [Double]) {
        let axis = Axis.linear(to: most)
        #expect(zip(axis.ticks, ticks).allSatisfy { abs($0 - $1) < 1e-9 } && axis.ticks.count == ticks.count, "\(axis.ticks)")
    }

    @Test func `a logarithmic axis has room for all values and names decades`() {
        let axis = Axis.logarithmic([0.06, 0.3, 130, 0, -.infinity])
        #expect(axis.range.lowerBound <= 0.06 && axis.range.upperBound >= 130)
        #expect(axis.ticks.map(Axis.text) == ["0.1", "1", "10", "100"])
        #expect(axis.position(0.01) == 0 && axis.position(1e9) == 1)
        #expect(axis.position(10) - axis.position(1) - (axis.position(100) - axis.position(10)) < 1e-9)
        #expect(!Axis.logarithmic([]).ticks.isEmpty && Axis.logarithmic([1, 1]).range == 1...10)
    }

    @Test(arguments: [(0.0, "0"), (2.5, "2.5"), (0.001, "0.001"), (1000, "1000"), (0.30000000000000004, "0.3")])
    func `ticks are written as short as they can be`(tick: Double, text: String) {
        #expect(Axis.text(tick) == text)
    }
}

@Suite struct BrailleCanvasTests {
    @Test func `dots are where they were set, and outside nothing happens`() {
        var canvas = BrailleCanvas(width: 2, height: 1)
        for (x, y) in [(0, 0), (3, 3), (4, 0), (-1, 0), (0, 4), (0, -1)] { canvas.set(x, y) }
        #expect(canvas.character(0, 0) == "⠁" && canvas.character(1, 0) == "⢀")
    }

    @Test func `a line goes from the bottom to the top without a gap, and stops where there is nothing`() {
        var canvas = BrailleCanvas(width: 2, height: 1)
        canvas.line([0, 1, nil, nil])
        #expect(canvas.character(0, 0) == "⡸" || canvas.character(0, 0) == "⣸", "\(String(describing: canvas.character(0, 0)))")
        #expect(canvas.character(1, 0) == nil)
    }
}

@Suite struct DemoPlotTests {
    @Test(arguments: [40, 80, 200])
    func `the plot keeps to the terminal, with each moment named at its place`(width: Int) throws {
        let text = DemoPlot(measurements: try DemoSample.measurements()).text(on: Page(now: World.start, width: width))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        // A terminal of 24 lines has room for the drawing, which is drawn again and again.
        #expect(lines.count == 23)
        #expect(lines.allSatisfy { TextWidth.of($0) <= width }, "\(text)")
        #expect(lines.filter { $0.contains("╎") }.allSatisfy { $0.contains("│") || $0.contains("┤") })
        if width >= 80 { #expect(lines[0].contains("alone") && lines[0].contains("session created") && lines[0].contains("session deleted")) }
        #expect(!text.contains("\u{1b}"))
    }

    @Test func `high and low stand where they belong`() throws {
        let text = DemoPlot(measurements: try DemoSample.measurements()).text(on: Page(now: World.start, width: 88))
        let lines = text.split(separator: "\n").map(Array.init)
        // 19 of 25 Mbit/s are in the second row of the first panel, 3 Mbit/s in one of its last
        // two rows; 80 columns are 20 s.
        func isDrawn(_ row: Int, _ second: Double) -> Bool { lines[row].count > 8 + Int(second * 4) && ("\u{2801}"..."\u{28ff}").contains(lines[row][8 + Int(second * 4)]) }
        #expect(isDrawn(3, 2.5) && !isDrawn(3, 7.5) && isDrawn(3, 12.5) && !isDrawn(3, 17.5), "\(text)")
        #expect(!isDrawn(7, 2.5) && isDrawn(7, 7.5) && !isDrawn(7, 12.5) && isDrawn(7, 17.5), "\(text)")
    }

    @Test func `it can be drawn before anything was seen`() throws {
        let nothing = DemoMeasurements(plan: try DemoPlan(seconds: [4], topology: LabTopology()))
        #expect(DemoPlot(measurements: nothing, end: 16).text(on: Page(now: World.start)).contains("round trip"))
        #expect(DemoPicture(measurements: nothing).svg.contains("</svg>"))
    }
}

@Suite struct DemoPictureTests {
    @Test func `the picture is XML, with axes, legend, moments and the session's time`() throws {
        let svg = DemoPicture(measurements: try DemoSample.measurements()).svg
        try XMLCheck.read(svg)
        for text in [
            "throughput down", "throughput up", "round trip", "guaranteed, 20 Mbit/s each way", "Mbit/s", "round trip, ms", "seconds", "session created",
            "session deleted", "others fill the cell", "24 flows",
        ] { #expect(svg.contains(text), "\(text)") }
        // The session lasts from 10 to 15 s of 20.
        #expect(svg.contains("<rect x=\"506\" y=\"92\" width=\"217\""), "\(svg)")
        #expect(!svg.contains("nan") && !svg.contains("inf"))
    }

    @Test func `a ping that was lost interrupts the line`() throws {
        var measurements = try DemoSample.measurements()
        measurements.pings = [PingSample(at: 1, roundTrip: 1), PingSample(at: 2, roundTrip: 1), PingSample(at: 3), PingSample(at: 4, roundTrip: 1)]
        let path = try #require(DemoPicture(measurements: measurements).svg.split(separator: "\n").last { $0.contains("<path") })
        #expect(path.count { $0 == "M" } == 2 && path.count { $0 == "L" } == 1)
    }

    @Test func `what would be markup is written out`() {
        #expect(DemoPicture.escaped("a<b>&c") == "a&lt;b&gt;&amp;c")
    }
}

/// Checks that every opened element is closed and every attribute is quoted.
private enum XMLCheck {
    struct Wrong: Error { let what: Substring }

    static func read(_ text: String) throws {
        var open: [Substring] = []
        for match in text.matches(of: /<(\/?)([a-zA-Z]+)((?:\s+[a-zA-Z0-9:-]+="[^"<]*")*)\s*(\/?)>/) {
            if match.output.1 == "/" {
                guard open.popLast() == match.output.2 else { throw Wrong(what: match.output.0) }
            } else if match.output.4.isEmpty {
                open.append(match.output.2)
            }
        }
        guard open.isEmpty else { throw Wrong(what: open[0]) }
        let rest = text.replacing(/<(\/?)([a-zA-Z]+)((?:\s+[a-zA-Z0-9:-]+="[^"<]*")*)\s*(\/?)>/, with: "")
        guard !rest.contains("<") && !rest.contains(">") else { throw Wrong(what: rest.prefix(200)) }
    }
}
