import ArgumentParser
import Lab

/// `nac lab down`.
struct LabDownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Take the lab away, with all that runs in it.",
        discussion: "Also what an up or a demo left behind that was killed. Where there is no lab, that is fine.")

    @OptionGroup var lab: LabOptions

    func run() async throws {
        let lab = try lab.lab()
        let wasThere = try await blocking { try lab.down() }
        try Surroundings.current.output.write(wasThere ? "the lab is gone\n" : "there was no lab\n")
    }
}
