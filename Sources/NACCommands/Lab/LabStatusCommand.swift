import ArgumentParser
import CAMARA
import Lab

/// `nac lab status`.
struct LabStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Show whether the lab is up, and the programs that run in it.")

    @OptionGroup var lab: LabOptions
    @OptionGroup var format: LabFormat

    func run() async throws {
        let lab = try lab.lab()
        let (state, processes) = try await blocking { try (lab.state(), Self.processes(lab)) }
        switch state {
        case .up(let topology):
            try format.show(LabReport(topology: topology, name: lab.name, processes: processes))
        case .down:
            try format.show(LabAbsence(state: "down", sentence: "the lab is not up; \(lab.name.command("up")) makes it"))
        case .partial:
            try format.show(LabAbsence(state: "partial", sentence: "only a part of the lab exists; \(lab.name.command("down")) removes it"))
        }
    }

    private static func processes(_ lab: Lab) throws -> [LabPlace: Int] {
        var result: [LabPlace: Int] = [:]
        for namespace in try lab.namespaces() {
            guard let place = lab.name.place(namespace: namespace) else { continue }
            result[place] = try lab.processes(namespace).count
        }
        return result
    }
}

/// The answer of `nac lab status` if there is no complete lab.
struct LabAbsence: Answer {
    let state: String
    let sentence: String

    func text(on page: Page) -> String { sentence }

    func write(to json: inout JSONWriter) {
        json.object { $0.write("state", state) }
    }
}
