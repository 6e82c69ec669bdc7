import Access
import ArgumentParser
import Platform
import QualityOnDemand

/// `nac key list`.
struct KeyListCommand: PlatformCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the keys, oldest first; revoked and expired ones too.",
        discussion: "The keys themselves are not shown: only the clients have them.", aliases: ["ls"])

    @Option(help: ArgumentHelp("Only this client's.", valueName: "name"))
    var client: String?

    @OptionGroup(title: "Common options") var options: KeyOptions

    func validate() throws {
        if let client { _ = try reading("--client") { () throws(InvalidValue) in try ClientID(checking: client) } }
    }

    func run(_ parts: PlatformParts) async throws {
        try await options.show(parts) { store, now in
            var keys: [APIKey] = []
            var last: APIKeyID?
            while case let page = try await store.apiKeys(after: last, limit: 1000), !page.isEmpty {
                keys += page.filter { client == nil || $0.client.description == client }
                last = page.last?.id
            }
            return KeyList(keys: keys, now: now)
        }
    }
}
