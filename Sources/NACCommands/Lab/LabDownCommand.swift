import ArgumentParser
import Lab

/// `nac lab down`.
struct LabDownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Remove the lab and end its programs.",
        discussion: "Also removes the remains of an up or a demo that was killed. Without a lab, the command does nothing.")

    @OptionGroup var lab: LabOptions

    func run() async throws {
        let lab = try lab.lab()
        let wasThere = try await blocking { try lab.down() }
        try Surroundings.current.output.write(wasThere ? "the lab is gone\n" : "there was no lab\n")
    }
}
