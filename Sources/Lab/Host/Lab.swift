import Foundation

/// A lab on this machine: reads its state, makes it and removes it. All methods block.
public struct Lab: Sendable {
    /// The name of the lab.
    public let name: LabName
    var runner = LabRunner.host
    /// The path of this program, for commands inside the lab.
    var executable = Lab.thisProgram
    /// The path of the lab's folder. Tests have other folders.
    var folder: String { name.folder }

    /// How much of the lab exists.
    public enum State: Hashable, Sendable {
        /// No part of the lab exists.
        case down
        /// Some parts of the lab exist, but not all.
        case partial
        /// The lab is complete.
        case up(LabTopology)
    }

    /// The path of this program.
    public static let thisProgram: String = {
        #if os(Linux)
            let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        #else
            let link: String? = nil
        #endif
        return link ?? Bundle.main.executablePath ?? CommandLine.arguments[0]
    }()

    /// How much of the lab exists now.
    public func state() throws(LabError) -> State {
        let found = Set(try namespaces().compactMap(name.place(namespace:)))
        let record = LabRecord.read(name.recordFile)
        if let record, Set(record.topology.places) == found { return .up(record.topology) }
        return found.isEmpty && record == nil ? .down : .partial
    }

    /// - Throws: ``LabError`` if the lab is not up.
    /// The structure of the lab.
    public func topology() throws(LabError) -> LabTopology {
        switch try state() {
        case .up(let topology): return topology
        case .down: throw LabError("the lab is not up; \(name.command("up")) makes it")
        case .partial: throw LabError("only a part of the lab exists; \(name.command("down")) removes it")
        }
    }

    /// The namespaces of this lab.
    public func namespaces() throws(LabError) -> [String] {
        NamespaceListing.names(try runner("ip", "netns", "list")).filter { name.place(namespace: $0) != nil }
    }

    /// The processes that run in a namespace.
    public func processes(_ namespace: String) throws(LabError) -> [Int32] {
        NamespaceListing.processes(try runner("ip", "netns", "pids", namespace))
    }

    // MARK: Making

    /// Makes the lab. If a step fails, all parts made so far are removed.
    ///
    /// - Parameter isWanted: Called between the steps. If the lab is no longer wanted, that counts as a failure.
    func up(_ topology: LabTopology, isWanted: () -> Bool = { true }) throws(LabError) {
        switch try state() {
        case .down: break
        case .up: throw LabError("the lab is up already; \(name.command("down")) removes it")
        case .partial: throw LabError("only a part of the lab exists; \(name.command("down")) removes it")
        }
        let steps = LabPlan(name: name, topology: topology).steps
        // The first step creates a namespace. If two processes try this, only one succeeds, and the other removes
        // nothing.
        do { _ = try steps.first.map(runner.run) } catch {
            throw LabError("network namespaces cannot be made here: \(error)")
        }
        do throws(LabError) {
            for step in steps.dropFirst() {
                try checkIsWanted(isWanted)
                _ = try runner.run(step)
            }
            try serve(topology, isWanted)
            try makeFiles(topology)
            // An interruption before this point removes the lab. The tool then reports "interrupted", so no lab must
            // remain.
            try checkIsWanted(isWanted)
        } catch {
            throw takeAway(after: error)
        }
    }

    private func checkIsWanted(_ isWanted: () -> Bool) throws(LabError) {
        guard isWanted() else { throw LabError("interrupted") }
    }

    /// Removes a half-made lab.
    ///
    /// The tools sometimes fail while another program creates or deletes a namespace, so a failure is retried.
    ///
    /// - Returns: the reason for the removal. If the removal failed too, the error also describes that failure.
    private func takeAway(after reason: LabError) -> LabError {
        var failure: LabError?
        for _ in 0..<10 {
            do throws(LabError) {
                try down()
                return reason
            } catch {
                failure = error
                usleep(100_000)
            }
        }
        return LabError("\(reason); a part of the lab still exists (\(failure?.description ?? "")); \(name.command("down")) removes it")
    }

    /// Starts the servers of the service: iperf3 for TCP and UDP, and a web server.
    private func serve(_ topology: LabTopology, _ isWanted: () -> Bool) throws(LabError) {
        let inside = ["ip", "netns", "exec", name.namespace(.service)]
        for port in topology.iperfPorts {
            try checkIsWanted(isWanted)
            _ = try runner.run(LabStep(command: inside + ["iperf3", "--server", "--daemon", "--port", "\(port)"]))
        }
        _ = try runner.run(LabStep(command: inside + ["setsid", "--fork", executable, "lab", LabWebServer.commandName]))
        let wanted = Set(topology.iperfPorts).union([80])
        for _ in 0..<500 {
            try checkIsWanted(isWanted)
            // The servers go to the background before they listen.
            let listing = try runner.run(LabStep(command: inside + ["cat", "/proc/net/tcp6", "/proc/net/tcp"]))
            if wanted.isSubset(of: NamespaceListing.listeningPorts(listing)) { return }
            usleep(20_000)
        }
        throw LabError("the servers at the lab's service did not start within 10 s")
    }

    private func makeFiles(_ topology: LabTopology) throws(LabError) {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try Data(LabPlatform.configuration(topology, port: 9091, database: "sqlite:\(folder)/nac.db").utf8).write(to: URL(filePath: name.platformFile))
        } catch {
            throw LabError("\(folder): cannot be written: \(error.localizedDescription)")
        }
        // The record comes last, because it marks the lab as complete.
        try LabRecord(topology: topology).write(name.recordFile)
    }

    // MARK: Removing

    /// Removes everything of the lab: processes, namespaces with their interfaces, and files.
    ///
    /// - Returns: whether there was anything to remove.
    @discardableResult
    public func down() throws(LabError) -> Bool {
        let namespaces = try namespaces()
        try endProcesses(namespaces)
        var failure: LabError?
        for namespace in namespaces {
            do { try runner("ip", "netns", "delete", namespace) } catch { failure = error }
        }
        let hadFolder = FileManager.default.fileExists(atPath: folder)
        if hadFolder {
            do { try FileManager.default.removeItem(atPath: folder) } catch {
                failure = LabError("\(folder): cannot be removed: \(error.localizedDescription)")
            }
        }
        if let failure { throw failure }
        return !namespaces.isEmpty || hadFolder
    }

    /// Asks the processes in the namespaces to end, and kills the remaining processes half a second later.
    private func endProcesses(_ namespaces: [String]) throws(LabError) {
        func living() throws(LabError) -> [Int32] {
            var all: [Int32] = []
            for namespace in namespaces { all += try processes(namespace) }
            return all.filter { $0 != getpid() }
        }
        var rest = try living()
        for process in rest { kill(process, SIGTERM) }
        for _ in 0..<10 where !rest.isEmpty {
            usleep(50_000)
            rest = try living()
        }
        for process in rest { kill(process, SIGKILL) }
    }
}

extension Lab {
    public init(name: LabName) {
        self.init(name: name, runner: .host)
    }
}

/// Reads listings of namespaces, processes and sockets.
enum NamespaceListing {
    /// The names from lines such as "nac-lab-gateway (id: 3)".
    static func names(_ text: String) -> [String] {
        text.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
    }

    /// The listening ports from the kernel's tables of TCP sockets. The numbers are hexadecimal, as in
    /// "0: 0000…0000:0050 0000…0000:0000 0A …".
    static func listeningPorts(_ text: String) -> Set<Int> {
        Set(text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 3, words[3] == "0A" else { return nil }
            return words[1].split(separator: ":").last.flatMap { Int($0, radix: 16) }
        })
    }

    static func processes(_ text: String) -> [Int32] {
        text.split(separator: "\n").compactMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
}

/// The record in the folder of a complete lab. It describes the structure of the lab.
struct LabRecord: Codable, Hashable, Sendable {
    var topology: LabTopology

    /// - Returns: `nil` if there is no complete lab, or if another version of this program made the record.
    static func read(_ path: String) -> LabRecord? {
        FileManager.default.contents(atPath: path).flatMap { try? JSONDecoder().decode(LabRecord.self, from: $0) }
    }

    func write(_ path: String) throws(LabError) {
        do {
            try JSONEncoder().encode(self).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw LabError("\(path): cannot be written: \(error.localizedDescription)")
        }
    }
}
