import Foundation
import NIOConcurrencyHelpers
import NetworkAsCode

/// Runs the demo from inside the gateway.
struct DemoRun: Sendable {
    let lab: Lab
    let plan: DemoPlan
    let clock: DemoClock
    let screen: DemoScreen

    private static let device = 1
    /// Where the service measures what device-1 sends.
    private static let servicePort = 5400

    func run() async throws -> DemoMeasurements {
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
        try screen.begin(plan)
        let recorder = DemoRecorder(plan)
        let application = try await startApplication(recorder)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            // Other tasks than the one that follows the phases end only when that has.
            group.addTask { try await screen.follow(recorder, plan) }
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
            try screen.moment(phase, at: clock.now - beginning)
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

    /// As an application does it.
    private func createSession(_ platform: DemoPlatform) async throws -> QoDSession {
        let address = LabTopology.ipv4(device: Self.device)
        let device = platform.client.devices.get(ipv4Address: DeviceIPv4Address(publicAddress: address, privateAddress: address))
        let session = try await device.createQoDSession(
            profile: plan.profile.name, serviceIPv4: LabTopology.serviceIPv4, duration: .seconds(3600))
        return session.status == .requested ? try await session.waitUntilAvailable(timeout: .seconds(10)) : session
    }

    // MARK: Traffic

    /// device-1's application: a flow each way at a steady rate, measured where it arrives, and a ping.
    private func startApplication(_ recorder: DemoRecorder) async throws -> [RunningProgram] {
        let (topology, devicePort) = (plan.topology, LabTopology.devicePort(Self.device))
        let server = ["iperf3", "--server", "--one-off", "--interval", "0.25", "--format", "k", "--forceflush", "--port"]
        var programs = [
            try RunningProgram(inside(.device(Self.device), server + ["\(devicePort)"])) { recorder.iperf(.downstream, $0, $1) },
            try RunningProgram(inside(.service, server + ["\(Self.servicePort)"])) { recorder.iperf(.upstream, $0, $1) },
        ]
        guard try await clock.wait(upTo: 10, until: { recorder.listens }) else { throw LabError("iperf3 does not listen: \(recorder.complaint)") }
        // Where addresses are translated, the device is reached by a port of the gateway.
        let address = topology.translatesAddresses ? LabTopology.gatewayIPv4 : LabTopology.ipv4(device: Self.device)
        programs += [
            try RunningProgram(inside(.service, sending(to: address, devicePort))) { recorder.other("downstream", $1) },
            try RunningProgram(inside(.device(Self.device), sending(to: LabTopology.serviceIPv4, Self.servicePort))) { recorder.other("upstream", $1) },
            try RunningProgram(inside(.device(Self.device), ["ping", "-n", "-D", "-i", "0.05", LabTopology.serviceIPv4])) { recorder.ping($1) },
        ]
        guard try await clock.wait(upTo: 10, until: { recorder.measures }) else { throw LabError("no packets arrive: \(recorder.complaint)") }
        return programs
    }

    /// Paced by the kernel: iperf3's own bound makes up later for what did not get through, as no camera does.
    private func sending(to address: String, _ port: Int) -> [String] {
        ["iperf3", "--client", address, "--port", "\(port)", "--fq-rate", "\(plan.applicationRate)", "--interval", "0", "--time", "\(Int(plan.total) + 60)"]
    }

    /// All other devices download and upload as fast as they can.
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

    /// Reads what the gateway sent each way, twice a second; and looks whether whoever started this is still there.
    private func count(_ recorder: DemoRecorder) async throws {
        let parent = getppid()
        while !Task.isCancelled {
            // Nobody would take the lab away: end in order, so that at least the gateway is left as it was.
            if getppid() != parent { kill(getpid(), SIGTERM) }
            let text = FileManager.default.contents(atPath: "/proc/net/dev").map { String(decoding: $0, as: UTF8.self) } ?? ""
            let sent = InterfaceCounters.sent(text)
            if let cell = sent["ran0"], let uplink = sent["wan0"] { recorder.counters(at: clock.now, cell: cell, uplink: uplink) }
            do { try await clock.sleep(until: clock.now + 0.5) } catch { return }
        }
    }
}

/// What the kernel tells of interfaces in `/proc/net/dev`.
enum InterfaceCounters {
    /// The bytes that each has sent.
    static func sent(_ text: String) -> [String: Int] {
        var result: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            // Eight columns of what was received stand before it.
            let numbers = parts[1].split(separator: " ")
            if numbers.count > 8, let bytes = Int(numbers[8]) { result[parts[0].trimming(while: \.isWhitespace)] = bytes }
        }
        return result
    }
}
