import ArgumentParser
import Lab

/// The web server at the lab's service; `nac lab up` starts it.
struct LabWebCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: LabWebServer.commandName, abstract: "Serve the pages of the lab's service.", shouldDisplay: false)

    @Option(help: "Port to listen on.") var port = 80

    func run() async throws {
        try await LabWebServer.run(port: port)
    }
}
