import Access
import CAMARA
import QualityOnDemand

/// The answer of `nac key create`. No other answer shows the key.
struct NewKey: Answer {
    let key: APIKey
    let secret: APIKeySecret

    var note: String? { "this is the only time that the key is shown; give it to \(key.client) and keep it nowhere else" }

    func text(on page: Page) -> String {
        Fields([
            ("Key", Cell(secret.revealed)),
            ("Id", Cell(key.id.description)),
            ("Client", Cell(key.client.description)),
            ("Label", key.label.map { Cell($0) }),
            ("Scopes", Cell(key.scopes.map { $0.sorted().joined(separator: " ") } ?? "all")),
            ("Sites", key.sites.map { Cell($0.names) }),
            ("Expires", Cell(key.expiresAt.map { "\($0) (\(TimeText.relative($0, to: page.now)))" } ?? "never")),
        ]).text(on: page)
    }

    func write(to json: inout JSONWriter) {
        json.apiKey(key, secret: secret, now: key.createdAt)
    }
}

/// The answer of `nac key list`.
struct KeyList: Answer {
    let keys: [APIKey]
    let now: Timestamp

    var note: String? { keys.isEmpty ? "no keys" : nil }

    func text(on page: Page) -> String {
        guard !keys.isEmpty else { return "" }
        let bound = keys.contains { $0.sites != nil }
        let columns: [Table.Column] = [
            Table.Column("ID"), .init("CLIENT"), .init("STATUS"), .init("CREATED"), .init("EXPIRES"), .init("SCOPES", least: 12, mayGo: true),
            .init("LABEL", least: 10, mayGo: true),
        ] + (bound ? [.init("SITES", least: 8, mayGo: true)] : [])
        let rows = keys.map { key -> [Cell] in
            let scopes = Cell(key.scopes.map { $0.sorted().joined(separator: " ") } ?? "all")
            let expires = key.expiresAt.map { Cell(TimeText.relative($0, to: now)) } ?? "never"
            return [
                Cell(key.id.description), Cell(key.client.description), key.statusCell(at: now), Cell(TimeText.relative(key.createdAt, to: now)),
                expires, scopes, key.label.map { Cell($0) } ?? Cell.none,
            ] + (bound ? [Cell(key.sites?.names ?? "all")] : [])
        }
        return Table(columns: columns, rows: rows).text(on: page)
    }

    func write(to json: inout JSONWriter) {
        json.array(keys) { $0.apiKey($1, now: now) }
    }
}

/// The answer of `nac key revoke`.
struct RevokedKey: Answer {
    let key: APIKey
    let now: Timestamp

    func text(on page: Page) -> String { TextWidth.printable("key \(key.id) of \(key.client) revoked") }

    func write(to json: inout JSONWriter) {
        json.apiKey(key, now: now)
    }
}

extension Set<SiteName> {
    fileprivate var names: String { sorted().map(\.description).joined(separator: " ") }
}

extension APIKey {
    fileprivate func statusCell(at now: Timestamp) -> Cell {
        let status = status(at: now)
        return switch status {
        case .active: Cell(status.rawValue, .good)
        case .expired: Cell(status.rawValue, .waiting)
        case .revoked: Cell(status.rawValue, .bad)
        }
    }
}

extension JSONWriter {
    /// The properties of a key. The key itself is written only when it is new.
    fileprivate mutating func apiKey(_ key: APIKey, secret: APIKeySecret? = nil, now: Timestamp) {
        object { json in
            json.write("id", key.id.description)
            json.write("key", secret?.revealed)
            json.write("client", key.client.description)
            json.write("label", key.label)
            json.write("scopes", key.scopes?.sorted()) { $0.array($1) { $0.string($1) } }
            json.write("sites", key.sites?.sorted()) { $0.array($1) { $0.string($1.description) } }
            json.write("status", key.status(at: now).rawValue)
            json.write("createdAt", key.createdAt)
            json.write("expiresAt", key.expiresAt)
            json.write("revokedAt", key.revokedAt)
        }
    }
}
