import Foundation
import NIOConcurrencyHelpers
import NetworkAsCode

/// Shows the progress of the demo.
public protocol DemoDisplay: Sendable {
    /// The demo begins.
    func begin(_ plan: DemoPlan) throws
    /// A phase begins, this number of seconds after the beginning of the demo.
    func moment(_ phase: DemoPlan.Phase, at seconds: Double) throws
    /// Shows the measurements until the task is cancelled.
    func follow(_ recorder: DemoRecorder, _ plan: DemoPlan) async throws
}

/// Runs the demo from inside the gateway.
public struct DemoRun: Sendable {
    private let lab: Lab
    private let plan: DemoPlan
    private let clock: DemoClock
    private let display: any DemoDisplay

    private static let device = 1
    /// The port at which the service receives and measures device-1's flow.
    private static let servicePort = 5400

    public init(lab: Lab, plan: DemoPlan, clock: DemoClock, display: any DemoDisplay) {
        self.lab = lab
        self.plan = plan
        self.clock = clock
        self.display = display
    }

    /// Runs all phases.
    ///
    /// - Throws: ``LabError`` if a program of the demo fails.
    public func run() async throws -> DemoMeasurements {
        let platform = try await DemoPlatform.start(lab, plan, clock)
        do {
            let measurements = try await run(platform)
            await platform.stop()
            return measurements
        } catch {
            await platform.stop()
            throw error
        }
    }

    private func run(_ platform: DemoPlatform) async throws -> DemoMeasurements {
        try display.begin(plan)
        let recorder = DemoRecorder(plan)
        let application = try await startApplication(recorder)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            // These two tasks run until the phases have ended.
            group.addTask { try await display.follow(recorder, plan) }
            group.addTask { try await count(recorder) }
            defer {
                group.cancelAll()
                for program in application { program.send(SIGKILL) }
            }
            try await phases(platform, recorder)
            return recorder.measurements(at: clock.now)
        }
    }

    private func phases(_ platform: DemoPlatform, _ recorder: DemoRecorder) async throws {
        let beginning = clock.now
        func begin(_ phase: DemoPlan.Phase) throws {
            recorder.began(phase, at: clock.now)
            try display.moment(phase, at: clock.now - beginning)
        }
        try begin(.idle)
        try await clock.sleep(until: beginning + plan.start(of: .congested))
        let others = try startOthers(recorder)
        defer { for program in others { program.send(SIGKILL) } }
        try begin(.congested)
        try await clock.sleep(until: beginning + plan.start(of: .session))
        guard others.allSatisfy(\.isRunning) else { throw LabError("the other devices' iperf3 ended: \(recorder.lastLine("others"))") }
        let session = try await createSession(platform)
        recorder.session(session.id)
        try begin(.session)
        try await clock.sleep(until: beginning + plan.start(of: .after))
        try await session.delete()
        try begin(.after)
        try await clock.sleep(until: beginning + plan.total)
    }

    /// Creates the session in the same way as an application.
    private func createSession(_ platform: DemoPlatform) async throws -> QoDSession {
        let address = LabTopology.ipv4(device: Self.device)
        let device = platform.client.devices.get(ipv4Address: DeviceIPv4Address(publicAddress: address, privateAddress: address))
        let session = try await device.createQoDSession(
            profile: plan.profile.name, serviceIPv4: LabTopology.serviceIPv4, duration: .seconds(3600))
        return session.status == .requested ? try await session.waitUntilAvailable(timeout: .seconds(10)) : session
    }

    // MARK: Traffic

    /// Starts device-1's application: a ping, and a flow in each direction at a steady rate. The receiver of a flow
    /// measures its rate.
    private func startApplication(_ recorder: DemoRecorder) async throws -> [RunningProgram] {
        let (topology, devicePort) = (plan.topology, LabTopology.devicePort(Self.device))
        let server = ["iperf3", "--server", "--one-off", "--interval", "0.25", "--format", "k", "--forceflush", "--port"]
        var programs = [
            try RunningProgram(inside(.device(Self.device), server + ["\(devicePort)"])) { recorder.iperf(.downstream, $0, $1) },
            try RunningProgram(inside(.service, server + ["\(Self.servicePort)"])) { recorder.iperf(.upstream, $0, $1) },
        ]
        guard try await clock.wait(upTo: 10, until: { recorder.listens }) else { throw LabError("iperf3 does not listen: \(recorder.complaint)") }
        // With address translation, the service reaches the device through a port of the gateway.
        let address = topology.translatesAddresses ? LabTopology.gatewayIPv4 : LabTopology.ipv4(device: Self.device)
        programs += [
            try RunningProgram(inside(.service, sending(to: address, devicePort))) { recorder.other("downstream", $1) },
            try RunningProgram(inside(.device(Self.device), sending(to: LabTopology.serviceIPv4, Self.servicePort))) { recorder.other("upstream", $1) },
            try RunningProgram(inside(.device(Self.device), ["ping", "-n", "-D", "-i", "0.05", LabTopology.serviceIPv4])) { recorder.ping($1) },
        ]
        guard try await clock.wait(upTo: 10, until: { recorder.measures }) else { throw LabError("no packets arrive: \(recorder.complaint)") }
        return programs
    }

    /// The command of a sender with a rate limit in the kernel. With iperf3's own limit, the sender would catch up on
    /// delayed data at a higher rate, as no camera does.
    private func sending(to address: String, _ port: Int) -> [String] {
        ["iperf3", "--client", address, "--port", "\(port)", "--fq-rate", "\(plan.applicationRate)", "--interval", "0", "--time", "\(Int(plan.total) + 60)"]
    }

    /// Starts downloads and uploads of all other devices, as fast as possible.
    private func startOthers(_ recorder: DemoRecorder) throws -> [RunningProgram] {
        var programs: [RunningProgram] = []
        for number in 2...plan.topology.devices {
            let ports = LabTopology.iperfPorts(device: number)
            for (port, more) in [(ports.first, ["--reverse"]), (ports.second, [])] {
                let command = [
                    "iperf3", "--client", LabTopology.serviceIPv4, "--port", "\(port)", "--parallel", "\(DemoPlan.flows)", "--interval", "0",
                    "--time", "\(Int(plan.total) + 60)",
                ]
                programs.append(try RunningProgram(inside(.device(number), command + more)) { recorder.other("others", $1) })
            }
        }
        return programs
    }

    private func inside(_ place: LabPlace, _ command: [String]) -> [String] { ["ip", "netns", "exec", lab.name.namespace(place)] + command }

    /// Reads the gateway's counters of sent bytes twice a second. Also checks that the parent process still runs.
    private func count(_ recorder: DemoRecorder) async throws {
        let parent = getppid()
        while !Task.isCancelled {
            // Without the parent process, the lab remains. An orderly end at least restores the gateway.
            if getppid() != parent { kill(getpid(), SIGTERM) }
            let text = FileManager.default.contents(atPath: "/proc/net/dev").map { String(decoding: $0, as: UTF8.self) } ?? ""
            let sent = InterfaceCounters.sent(text)
            if let cell = sent["ran0"], let uplink = sent["wan0"] { recorder.counters(at: clock.now, cell: cell, uplink: uplink) }
            do { try await clock.sleep(until: clock.now + 0.5) } catch { return }
        }
    }
}

/// Reads the kernel's counters of interfaces in `/proc/net/dev`.
enum InterfaceCounters {
    /// The number of bytes that each interface has sent.
    static func sent(_ text: String) -> [String: Int] {
        var result: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            // The first eight columns count received data.
            let numbers = parts[1].split(separator: " ")
            if numbers.count > 8, let bytes = Int(numbers[8]) { result[parts[0].trimmingCharacters(in: .whitespacesAndNewlines)] = bytes }
        }
        return result
    }
}
