import Access
import ArgumentParser
import NetworkAsCode
import Platform
import QualityOnDemand

/// The database that holds the keys, and the form of the answer.
struct KeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the platform keeps its sessions: sqlite:PATH. (environment: NAC_DATABASE; default: as the configuration says, or sqlite:./nac.db)",
            valueName: "database"))
    var database: String?

    @Option(help: ArgumentHelp("The platform's configuration file, YAML.", valueName: "file"))
    var config: String?

    @Option(help: "How to answer: table for people, json for programs.")
    var format = OutputFormat.table

    /// Opens the keys of the database, calls `work` with them, and shows the answer.
    ///
    /// - Parameters:
    ///   - parts: open the keys.
    ///   - mayCreate: whether a missing database is created.
    func show<Shown: Answer>(_ parts: PlatformParts, mayCreate: Bool = false, _ work: (any APIKeyStore, Timestamp) async throws -> Shown) async throws {
        let surroundings = Surroundings.current
        let opened = try parts.openKeys(try path(surroundings), mayCreate)
        let answer: Shown
        do {
            answer = try await work(opened.store, surroundings.time.wallTime())
        } catch {
            try? opened.close()
            throw error
        }
        try opened.close()
        try Output(format: format, surroundings: surroundings).show(answer)
    }

    /// Refuses a site that the configuration does not have. Without a list of sites there is nothing to compare with.
    func check(sites: Set<SiteName>?) throws {
        guard let sites else { return }
        let known = try settings(Surroundings.current).sites.map(\.name)
        if !known.isEmpty, let unknown = sites.subtracting(known).min() {
            let names = known.map(\.description).joined(separator: ", ")
            throw ValidationError("--site: \(unknown) is not a site of the configuration; there are \(names)")
        }
    }

    private func settings(_ surroundings: Surroundings) throws -> PlatformSettings {
        let flags = database.map { ["database": $0] } ?? [:]
        let environment = SettingsReader.ownVariables(surroundings.environment)
        return try SettingsReader(flags: flags, environment: environment, file: config, drivers: nil).read()
    }

    private func path(_ surroundings: Surroundings) throws -> String {
        let path = try settings(surroundings).databasePath
        guard path != ":memory:" else {
            throw SettingError("database: sqlite::memory: cannot keep keys, because it ends with its process; name a file")
        }
        return path
    }
}
