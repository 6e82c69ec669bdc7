import Foundation
import HTTPTypes
import QoDServer
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Testing

@testable import Access
@testable import NACCommands
@testable import Platform

@Suite struct KeyCommandTests {
    /// The parts of the platform that `nac key` needs, over real files.
    private static let parts = PlatformParts(
        openStore: { _ in throw StoreError(.failed, "no platform here") },
        openKeys: { path, mayCreate in
            let file = try SQLiteKeyFile.open(path: path, mayCreate: mayCreate)
            return PlatformParts.OpenKeys(store: file.apiKeys) { try file.close() }
        },
        networks: [:])

    private struct Run {
        let status: Status
        let output: String
        let errors: String
    }

    private func nac(_ arguments: [String], environment: [String: String] = [:]) async -> Run {
        let world = World(environment: environment)
        let status = await Surroundings.$current.withValue(world.surroundings) { await NAC.run(["key"] + arguments, Self.parts) }
        return Run(status: status, output: world.output, errors: world.errors)
    }

    private func with(_ body: (String) async throws -> Void) async throws {
        try await TemporaryFolder.with { folder in try await body("\(folder)/nac.db") }
    }

    private func member(_ name: String, _ text: String) throws -> String {
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        return try #require(object[name] as? String, "\(text)")
    }

    @Test func `a key is printed once, and the database knows it by its digest`() async throws {
        try await with { path async throws in
            let made = await nac(["create", "--client", "shop", "--label", "till 3", "--expires-in", "90d", "--database", "sqlite:\(path)"])
            #expect(made.status == .success, "\(made.errors)")
            let key = String(try #require(made.output.firstMatch(of: /nac_[A-Za-z0-9_-]{43}/)).0)
            #expect(made.output.contains("Client   shop\nLabel    till 3\nScopes   all\nExpires  2026-05-30T10:00:00.000Z (in 90 d)"), "\(made.output)")
            #expect(made.errors.contains("the only time"))
            let listed = await nac(["list", "--database", "sqlite:\(path)"])
            #expect(listed.output.contains("shop") && listed.output.contains("ACTIVE") && !listed.output.contains("nac_"))
            let store = try SQLiteStore.open(path: path)
            let authenticator = StoredKeyAuthenticator(store: store.apiKeys, otherwise: APIKeyAuthenticator(keys: []), clock: TestClock(now: World.start))
            #expect(try await authenticator.authenticate([.authorization: "Bearer \(key)"]).client == ClientID("shop"))
            try store.close()
            let bytes = try Data(contentsOf: URL(filePath: path))
            #expect(bytes.range(of: Data(key.utf8)) == nil && bytes.range(of: Data("till 3".utf8)) != nil)
        }
    }

    @Test func `a key can be bound to sites of the configuration`() async throws {
        try await with { path async throws in
            let made = await nac(["create", "--client", "yard", "--site", "yard", "--site", "north", "--database", "sqlite:\(path)"])
            #expect(made.status == .success && made.output.contains("Sites    north yard\n"), "\(made.errors) \(made.output)")
            _ = await nac(["create", "--client", "all", "--database", "sqlite:\(path)"])
            let listed = await nac(["list", "--database", "sqlite:\(path)"])
            #expect(listed.output.contains("SITES") && listed.output.contains("north yard"), "\(listed.output)")
            let json = await nac(["list", "--client", "yard", "--format", "json", "--database", "sqlite:\(path)"])
            #expect(json.output.contains(#""sites":["north","yard"]"#), "\(json.output)")
            let wrong = await nac(["create", "--client", "yard", "--site", "Yard", "--database", "sqlite:\(path)"])
            #expect(wrong.status == .usage && wrong.errors.contains("--site: \"Yard\" is not a site's name"), "\(wrong.errors)")
            let sites = #"[{"name": "north"}, {"name": "east"}]"#
            let unknown = await nac(
                ["create", "--client", "yard", "--site", "yard", "--database", "sqlite:\(path)"], environment: ["NAC_SITES": sites])
            #expect(unknown.status == .usage && unknown.errors.contains("yard is not a site of the configuration; there are north, east"), "\(unknown.errors)")
        }
    }

    @Test func `programs get JSON, with the key only where it is new`() async throws {
        try await with { path async throws in
            let scopes = ["--scope", "quality-on-demand:sessions:read", "--scope", "qos-profiles:read"]
            let made = await nac(["create", "--client", "shop", "--format", "json", "--database", "sqlite:\(path)"] + scopes)
            let id = try member("id", made.output)
            #expect(
                made.output.replacing(id, with: "ID").replacing(try member("key", made.output), with: "KEY") == """
                    {"id":"ID","key":"KEY","client":"shop","scopes":["qos-profiles:read","quality-on-demand:sessions:read"],"status":"ACTIVE",\
                    "createdAt":"2026-03-01T10:00:00.000Z"}

                    """)
            let revoked = await nac(["revoke", id, "--format", "json", "--database", "sqlite:\(path)"])
            #expect(try member("status", revoked.output) == "REVOKED" && !revoked.output.contains("\"key\""))
            #expect(try member("revokedAt", revoked.output) == "2026-03-01T10:00:00.000Z")
            let again = await nac(["revoke", id, "--database", "sqlite:\(path)"])
            #expect(again.status == .success && again.output == "key \(id) of shop revoked\n")
            let listed = await nac(["list", "--format", "json", "--database", "sqlite:\(path)"])
            #expect(listed.output.hasPrefix("[{\"id\":\"\(id)\"") && listed.output.contains("REVOKED") && !listed.output.contains("\"key\""))
        }
    }

    @Test func `keys can be listed by client, and none is said to be none`() async throws {
        try await with { path async throws in
            for client in ["one", "two", "one"] { _ = await nac(["create", "--client", client, "--database", "sqlite:\(path)"]) }
            #expect(await nac(["list", "--database", "sqlite:\(path)"]).output.split(separator: "\n").count == 4)
            #expect(await nac(["list", "--client", "one", "--database", "sqlite:\(path)"]).output.split(separator: "\n").count == 3)
            let none = await nac(["list", "--client", "three", "--database", "sqlite:\(path)"])
            #expect(none.status == .success && none.output.isEmpty && none.errors == "no keys\n")
        }
    }

    @Test func `the database is found by flag, environment and configuration file, as serve finds it`() async throws {
        try await with { path async throws in
            let config = path + ".yaml"
            try "database: sqlite:\(path)\nserver: {port: 1}\n".write(toFile: config, atomically: true, encoding: .utf8)
            #expect(await nac(["create", "--client", "a", "--config", config]).status == .success)
            #expect(await nac(["list"], environment: ["NAC_DATABASE": "sqlite:\(path)"]).output.contains("ACTIVE"))
            #expect(await nac(["list", "--database", "sqlite:\(path)"], environment: ["NAC_DATABASE": "sqlite:/nowhere"]).status == .success)
            let typo = path + "-typo.yaml"
            try "databas: x\n".write(toFile: typo, atomically: true, encoding: .utf8)
            #expect(await nac(["list", "--config", typo]).status == .settings)
        }
    }

    @Test func `a platform that runs over the file does not mind`() async throws {
        try await with { path async throws in
            let store = try SQLiteStore.open(path: path)
            let made = await nac(["create", "--client", "shop", "--format", "json", "--database", "sqlite:\(path)"])
            #expect(made.status == .success, "\(made.errors)")
            let keys = try await store.apiKeys.apiKeys(after: nil, limit: 10)
            #expect(keys.map(\.id.description) == [try member("id", made.output)])
            #expect(await nac(["revoke", keys[0].id.description, "--database", "sqlite:\(path)"]).status == .success)
            #expect(try await store.apiKeys.apiKeys(after: nil, limit: 10)[0].revokedAt != nil)
            try store.close()
        }
    }

    @Test(arguments: [
        (["create"], "--client"), (["create", "--client", ""], "--client: \"\" is not a client's name"), (["create", "--client", "a,b"], "--client"),
        (["create", "--client", "a b"], "visible ASCII"), (["create", "--client", String(repeating: "x", count: 129)], "1 to 128"),
        (["create", "--client", "a", "--scope", "everything"], "--scope: \"everything\" is not a scope; there are quality-on-demand:sessions:create"),
        (["create", "--client", "a", "--expires-in", "0"], "--expires-in"), (["create", "--client", "a", "--expires-in", "soon"], "is not a duration"),
        (["create", "--client", "a", "--label", ""], "--label"), (["create", "--client", "a", "--label", "a\nb"], "on one line"),
        (["create", "--client", "a", "--label", String(repeating: "x", count: 101)], "1 to 100"),
        (["revoke"], "id"), (["revoke", "nac_s3cret"], "<id>: is not the id of a key"), (["list", "--client", "a,b"], "--client"),
    ])
    func `what is wrong in the command line is told, and nothing is done`(arguments: [String], message: String) async throws {
        try await with { path async throws in
            let run = await nac(arguments + ["--database", "sqlite:\(path)"])
            #expect(run.status == .usage && run.output.isEmpty && run.errors.contains(message), "\(run.errors)")
            #expect(!run.errors.contains("s3cret") && !FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `a database that is not there, in memory or not ours is told apart`() async throws {
        try await with { path async throws in
            let missing = await nac(["list", "--database", "sqlite:\(path)"])
            #expect(missing.status == .storage && missing.errors.contains("is not there") && !FileManager.default.fileExists(atPath: path))
            #expect(await nac(["create", "--client", "a", "--database", "sqlite::memory:"]).status == .settings)
            #expect(await nac(["create", "--client", "a", "--database", "nac.db"]).status == .settings)
            #expect(await nac(["create", "--client", "a", "--database", "sqlite:\(path)/no/folder"]).status == .storage)
            _ = await nac(["create", "--client", "a", "--database", "sqlite:\(path)"])
            let unknown = await nac(["revoke", "018f0000-0000-7000-8000-000000000000", "--database", "sqlite:\(path)"])
            #expect(unknown.status == .notFound && unknown.errors.contains("018f0000"), "\(unknown.errors)")
        }
    }
}
