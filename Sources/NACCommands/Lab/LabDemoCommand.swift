import ArgumentParser
import Foundation
import Lab
import Platform
import QualityOnDemand

/// The options of both halves of the demo.
struct DemoOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "How long it lasts alone, with the others, with a session and after it; one number is for each of the four. "
                + "(default: \(DemoPlan.usualSeconds.map(String.init).joined(separator: " ")))", valueName: "seconds"))
    var seconds: [Int] = []
    @Option(help: ArgumentHelp("Also draw it into a file, as SVG.", valueName: "file"))
    var svg: String?
    @OptionGroup var lab: LabOptions
    @OptionGroup var format: LabFormat

    func validate() throws {
        do { _ = try DemoPlan.lengths(lengths) } catch { throw ValidationError("\(error)") }
        if let svg {
            let folder = URL(filePath: svg).deletingLastPathComponent().path()
            guard FileManager.default.isWritableFile(atPath: folder), !svg.hasSuffix("/") else {
                throw ValidationError("--svg: \(TextWidth.printable(svg)): cannot be written; is its folder there?")
            }
        }
    }

    var lengths: [Int] { seconds.isEmpty ? DemoPlan.usualSeconds : seconds }

    /// The options as arguments on the command line.
    var arguments: [String] {
        ["--format", format.format.rawValue] + (svg.map { ["--svg=\($0)"] } ?? []) + (lab.name.map { ["--name", $0] } ?? []) + ["--seconds"]
            + lengths.map(String.init)
    }

    func plan(_ topology: LabTopology) throws(LabError) -> DemoPlan {
        do { return try DemoPlan(seconds: lengths, topology: topology) } catch { throw LabError("\(error)") }
    }
}

/// `nac lab demo`.
struct LabDemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show with real packets what a session does.",
        discussion: """
            device-1's application sends and receives at a steady rate. The other devices fill the cell; then device-1 gets a session, by the SDK \
            from nac serve in the lab's gateway; then the session is deleted. Without a lab, the demo makes one and removes it.
            """)

    @OptionGroup var options: DemoOptions

    func run() async throws {
        let lab = try options.lab.lab([.ip, .tc, .nft, .iperf3, .ping, .setsid])
        try await interruptible { [options] in
            let isOwn = try await Self.prepare(lab, options)
            let status: Int32
            do {
                status = try await lab.runSelf(["lab", LabDemoRunCommand.name] + options.arguments, at: .gateway)
            } catch {
                if isOwn { try await Self.remove(lab) }
                throw error
            }
            if isOwn { try await Self.remove(lab) }
            guard status == 0 else { throw ToldAlready(status: ExitStatus(rawValue: status) ?? .failure) }
        }
    }

    /// - Returns: whether this call made the lab.
    private static func prepare(_ lab: Lab, _ options: DemoOptions) async throws -> Bool {
        if case .down = try await blocking({ try lab.state() }) {
            _ = try options.plan(LabTopology())
            try await lab.make(LabTopology())
            return true
        }
        _ = try options.plan(try await blocking { try lab.topology() })
        return false
    }

    /// Removes the lab in a separate task, so that the removal completes even if the current task is cancelled.
    private static func remove(_ lab: Lab) async throws {
        try await Task { try await blocking { _ = try lab.down() } }.value
    }
}

/// The demo itself. It runs inside the gateway, because the platform listens on the gateway's loopback interface.
struct LabDemoRunCommand: PlatformCommand {
    static let name = "demo-run"
    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Run the demo; nac lab demo does so in the lab's gateway.", shouldDisplay: false)

    @OptionGroup var options: DemoOptions

    func run(_ parts: PlatformParts) async throws {
        let lab = try options.lab.lab()
        let plan = try options.plan(try await blocking { try lab.topology() })
        let clock = DemoClock(parts.clock)
        let screen = DemoScreen(format: options.format.format, surroundings: .current, clock: clock)
        let measurements = try await interruptible { try await DemoRun(lab: lab, plan: plan, clock: clock, display: screen).run() }
        if let svg = options.svg {
            do { try Data(DemoPicture(measurements: measurements).svg.utf8).write(to: URL(filePath: svg)) } catch {
                throw LabError("\(svg): cannot be written: \(error.localizedDescription)")
            }
        }
        try options.format.show(DemoResult(measurements: measurements, picture: options.svg))
    }
}
