import Access
import ArgumentParser
import Platform
import QualityOnDemand

/// `nac key revoke`.
struct KeyRevokeCommand: PlatformCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End a key; it stops working within 2 seconds.",
        discussion: "The client's sessions stay. Revoking again changes nothing.", aliases: ["rm"])

    @Argument(help: "The key's id, as nac key list shows it.") var id: String
    @OptionGroup(title: "Common options") var options: KeyOptions

    func validate() throws {
        _ = try keyID
    }

    func run(_ parts: PlatformParts) async throws {
        try await options.show(parts) { store, now in
            guard let key = try await store.revoke(try keyID, at: now) else { throw UnknownKey(id: try keyID) }
            return RevokedKey(key: key, now: now)
        }
    }

    private var keyID: APIKeyID {
        get throws(ValidationError) {
            // The text may be a key that a user typed in place of its id, so the message must not repeat it.
            guard let id = APIKeyID(id) else { throw ValidationError("<id>: is not the id of a key; nac key list shows the ids") }
            return id
        }
    }
}

/// No key has this id.
struct UnknownKey: Error, CustomStringConvertible {
    let id: APIKeyID

    var description: String { "there is no key \(id); nac key list shows the ids" }
}
