import Access
import ArgumentParser
import Platform
import QualityOnDemand

/// `nac key create`.
struct KeyCreateCommand: PlatformCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a key for a client and print it; it is shown only once.",
        discussion: """
            All keys of a client show the client's own sessions, and no others. Without --scope a key allows everything. The platform keeps a \
            digest of the key, not the key: a lost key cannot be shown again, only replaced.
            """)

    @Option(help: ArgumentHelp("The client that the key is for.", valueName: "name"))
    var client: String

    @Option(help: ArgumentHelp("What the key allows, such as \(Scope.readSessions); may be given several times.", valueName: "scope"))
    var scope: [String] = []

    @Option(help: ArgumentHelp("A site whose devices the key may use; may be given several times. Without it, all sites.", valueName: "site"))
    var site: [String] = []

    @Option(help: ArgumentHelp("How long it works: 90s, 10m, 2h, 90d; without it, until it is revoked.", valueName: "duration"))
    var expiresIn: String?

    @Option(help: ArgumentHelp("A note, shown in the list of keys.", valueName: "text"))
    var label: String?

    @OptionGroup(title: "Common options") var options: KeyOptions

    private static let longestLabel = 100

    func validate() throws {
        _ = try reading("--client") { () throws(InvalidValue) in try ClientID(checking: client) }
        _ = try lifetime
        for name in scope where !Scope.all.contains(Scope(name)) {
            let allowed = Scope.all.map(\.description).joined(separator: ", ")
            throw ValidationError("--scope: \"\(Excerpt.of(name))\" is not a scope; there are \(allowed)")
        }
        _ = try sites
        if let label {
            let isFine = (1...Self.longestLabel).contains(label.count) && !label.unicodeScalars.contains { $0.properties.generalCategory == .control }
            guard isFine else { throw ValidationError("--label: 1 to \(Self.longestLabel) characters are allowed, on one line") }
        }
    }

    func run(_ parts: PlatformParts) async throws {
        try options.check(sites: try sites)
        try await options.show(parts, mayCreate: true) { store, now in
            let secret = APIKeySecret()
            let key = APIKey(
                id: .make(at: now), client: try ClientID(checking: client), label: label, scopes: scope.isEmpty ? nil : Set(scope), sites: try sites, createdAt: now,
                expiresAt: try lifetime.map { now.adding(milliseconds: Int64($0 / .milliseconds(1))) })
            try await store.insert(key, digest: secret.digest)
            return NewKey(key: key, secret: secret)
        }
    }

    private var sites: Set<SiteName>? {
        get throws(ValidationError) {
            guard !site.isEmpty else { return nil }
            var sites: Set<SiteName> = []
            for name in site { sites.insert(try reading("--site") { () throws(InvalidValue) in try SiteName(name) }) }
            return sites
        }
    }

    private var lifetime: Duration? {
        get throws(ValidationError) {
            guard let expiresIn else { return nil }
            return try reading("--expires-in") { () throws(InvalidValue) in try DurationOption.read(expiresIn) }
        }
    }
}
