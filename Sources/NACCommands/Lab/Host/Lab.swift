import Foundation

/// A lab on this machine: looks at it, makes it, takes it away. All blocks.
struct Lab: Sendable {
    let name: LabName
    var runner = LabRunner.host
    /// This program, for what it runs inside the lab.
    var executable = Lab.thisProgram
    /// Where the lab's folder is; tests have others.
    var folder: String { name.folder }

    enum State: Hashable, Sendable {
        case down
        /// Something is there, and not all.
        case partial
        case up(LabTopology)
    }

    static let thisProgram: String = {
        #if os(Linux)
            let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        #else
            let link: String? = nil
        #endif
        return link ?? Bundle.main.executablePath ?? CommandLine.arguments[0]
    }()

    func state() throws(LabError) -> State {
        let found = Set(try namespaces().compactMap(name.place(namespace:)))
        let record = LabRecord.read(name.recordFile)
        if let record, Set(record.topology.places) == found { return .up(record.topology) }
        return found.isEmpty && record == nil ? .down : .partial
    }

    /// - Throws: where the lab is not up.
    func topology() throws(LabError) -> LabTopology {
        switch try state() {
        case .up(let topology): return topology
        case .down: throw LabError("the lab is not up; \(name.command("up")) makes it")
        case .partial: throw LabError("the lab is there in part only; \(name.command("down")) takes that away")
        }
    }

    /// The namespaces that are this lab's.
    func namespaces() throws(LabError) -> [String] {
        NamespaceListing.names(try runner("ip", "netns", "list")).filter { name.place(namespace: $0) != nil }
    }

    /// The processes that run in a namespace.
    func processes(_ namespace: String) throws(LabError) -> [Int32] {
        NamespaceListing.processes(try runner("ip", "netns", "pids", namespace))
    }

    // MARK: Making

    /// Makes the lab; what fails half-way is taken away again.
    ///
    /// - Parameter isWanted: Is asked on the way; where the lab is not wanted any more, that counts as a failure.
    func up(_ topology: LabTopology, isWanted: () -> Bool = { true }) throws(LabError) {
        switch try state() {
        case .down: break
        case .up: throw LabError("the lab is up already; \(name.command("down")) takes it away")
        case .partial: throw LabError("the lab is there in part only; \(name.command("down")) takes that away")
        }
        let steps = LabPlan(name: name, topology: topology).steps
        // The first makes a namespace, which of two processes only one can; the other takes nothing away.
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
            // An interruption up to here takes the lab away; the tool tells it as interrupted, so none may be left.
            try checkIsWanted(isWanted)
        } catch {
            throw takeAway(after: error)
        }
    }

    private func checkIsWanted(_ isWanted: () -> Bool) throws(LabError) {
        guard isWanted() else { throw LabError("interrupted") }
    }

    /// Takes a half-made lab away.
    ///
    /// The tools fail by chance while another program makes or deletes a namespace, so a failure is retried.
    ///
    /// - Returns: the reason for taking it away, with the failure to do so where the lab is still there.
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
        return LabError("\(reason); a part of the lab is still there (\(failure?.description ?? "")); \(name.command("down")) takes it away")
    }

    /// What runs at the service: iperf3, TCP and UDP, and a web server.
    private func serve(_ topology: LabTopology, _ isWanted: () -> Bool) throws(LabError) {
        let inside = ["ip", "netns", "exec", name.namespace(.service)]
        for port in topology.iperfPorts {
            try checkIsWanted(isWanted)
            _ = try runner.run(LabStep(command: inside + ["iperf3", "--server", "--daemon", "--port", "\(port)"]))
        }
        _ = try runner.run(LabStep(command: inside + ["setsid", "--fork", executable, "lab", LabWebCommand.name]))
        let wanted = Set(topology.iperfPorts).union([80])
        for _ in 0..<500 {
            try checkIsWanted(isWanted)
            // They go to the background before they listen.
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
        // Last: it says that the lab is complete.
        try LabRecord(topology: topology).write(name.recordFile)
    }

    // MARK: Taking away

    /// Takes away all that is the lab's: processes, namespaces with their interfaces, files.
    ///
    /// - Returns: whether there was anything.
    @discardableResult
    func down() throws(LabError) -> Bool {
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

    /// Asks them to end, and half a second later ends those that did not.
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

/// What `ip netns` says.
enum NamespaceListing {
    /// "nac-lab-gateway (id: 3)" and so on.
    static func names(_ text: String) -> [String] {
        text.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
    }

    /// From the kernel's tables of TCP sockets: "0: 0000…0000:0050 0000…0000:0000 0A …", with numbers in hexadecimal.
    static func listeningPorts(_ text: String) -> Set<Int> {
        Set(text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 3, words[3] == "0A" else { return nil }
            return words[1].split(separator: ":").last.flatMap { Int($0, radix: 16) }
        })
    }

    static func processes(_ text: String) -> [Int32] {
        text.split(separator: "\n").compactMap { Int32($0.trimming(while: \.isWhitespace)) }
    }
}
