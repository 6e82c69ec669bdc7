import Logging
import QoDServer
import QualityOnDemand
import SessionEngine

/// A setting that could not be read. The description names the place, the mistake and the allowed values.
public struct SettingError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// One key of the configuration, with the code that applies its text to the settings.
///
/// The same key is `server.port` in a file, `NAC_SERVER_PORT` in the environment, and `--port` if it has a flag.
public struct SettingKey: Sendable {
    public let path: String
    public let help: String
    let isSecret: Bool
    /// Whether the value is a list of mappings. Outside a file, such a value is written as YAML or JSON.
    let isStructured: Bool
    let apply: @Sendable (String, inout PlatformSettings) throws -> Void

    init(
        _ path: String, _ help: String, isSecret: Bool = false, isStructured: Bool = false,
        apply: @escaping @Sendable (String, inout PlatformSettings) throws -> Void
    ) {
        self.path = path
        self.help = help
        self.isSecret = isSecret
        self.isStructured = isStructured
        self.apply = apply
    }

    /// Every key, in the order of the help. The list of sites comes last, because the other keys are its defaults.
    public static let all: [SettingKey] = plain + siteKeys

    /// Every key but the list of sites.
    static let plain: [SettingKey] =
        serverKeys + resourceKeys + accessKeys + sandboxKeys + storageKeys + networkKeys + deviceKeys + engineKeys + notificationKeys + outboundKeys
        + operationKeys

    private static let serverKeys: [SettingKey] = [
        SettingKey("server.host", "address to listen on") { $1.server.host = try text($0) },
        SettingKey("server.port", "port to listen on, 0 for any") { $1.server.port = try integer($0, in: 0...65535) },
        SettingKey("server.maxBodySize", "largest request body, bytes") { $1.server.maximumBodySize = try integer($0, in: 1024...64 << 20) },
        SettingKey("server.idleTimeout", "seconds until a connection is closed that is idle, or whose client reads nothing") {
            $1.server.idleTimeout = try integer($0, in: 1...3600)
        },
        SettingKey("server.allowedOrigins", "origins of web pages that may call from a browser, separated by commas; none by default") {
            $1.server.allowedOrigins = Set(try $0.split(separator: ",").map { try origin($0.trimming(while: \.isWhitespace)) })
        },
        SettingKey("auth.keys", "API keys, client=key, separated by commas", isSecret: true) { $1.keys = try keys($0) },
    ]

    private static let sandboxKeys: [SettingKey] = [
        SettingKey("sandbox.issuer", "base URL of the sandbox's authorization server") { $1.sandbox.issuer = try baseURL($0) },
        SettingKey("sandbox.approvalDelay", "seconds until it approves a CIBA request") { $1.sandbox.approvalDelay = try integer($0, in: 0...600) },
        SettingKey("sandbox.clientKeys", "public keys for private_key_jwt, client=FILE (a JWK Set), separated by commas") {
            $1.sandbox.clientKeys = try clientKeys($0)
        },
    ]

    private static let storageKeys: [SettingKey] = [
        SettingKey("database", "sqlite:PATH, or sqlite::memory:") { $1.databasePath = try database($0) },
        SettingKey("secrets.keyFile", "file of keys that seal sinks' tokens in the database, the newest first") { $1.secretsKeyFile = try text($0) },
        SettingKey("profiles.file", "file of QoS profiles, YAML or JSON") { $1.profilesFile = try text($0) },
    ]

    private static let networkKeys: [SettingKey] = [
        SettingKey("network.driver", "simulated or linux") { $1.network.driver = try NetworkSettings.Driver($0) },
        SettingKey("network.journal", "simulated: file that outlives the process") { $1.network.journal = try text($0) },
        SettingKey("network.downlink.interface", "linux: interface towards the devices") { $1.network.downlink.interface = try text($0) },
        SettingKey("network.downlink.capacity", "linux: its rate, such as 100Mbps") { $1.network.downlink.capacity = try rate($0) },
        SettingKey("network.uplink.interface", "linux: interface towards the services") { $1.network.uplink.interface = try text($0) },
        SettingKey("network.uplink.capacity", "linux: its rate, such as 50Mbps") { $1.network.uplink.capacity = try rate($0) },
        SettingKey("network.reserve", "linux: percentage of each capacity that is not guaranteed to sessions") {
            $1.network.reservePercent = try integer($0, in: 0...99)
        },
        SettingKey("network.name", "linux: name of this platform, if several platforms share the network namespace") {
            $1.network.name = try text($0)
        },
        SettingKey("network.takeOver", "linux: whether a root queueing discipline of another program is replaced") {
            $1.network.takesOver = try boolean($0)
        },
    ]

    private static let engineKeys: [SettingKey] = [
        SettingKey("limits.answerWait", "milliseconds that a creation waits for the network") {
            $1.engine.site.answerWait = .milliseconds(try integer($0, in: 0...10_000))
        },
        SettingKey("limits.giveUpAfter", "seconds until an unanswered request is given up") {
            $1.engine.site.timing.giveUpAfter = try integer($0, in: 1...86_400)
        },
        SettingKey("network.reconcileInterval", "seconds between comparisons with the network") {
            $1.engine.site.reconcileInterval = .seconds(try integer($0, in: 1...86_400))
        },
    ]

    // MARK: Reading texts

    static func text(_ text: String) throws -> String {
        guard !text.isEmpty else { throw SettingError("is empty; a text is needed") }
        return text
    }

    static func integer(_ text: String, in range: ClosedRange<Int>) throws -> Int {
        guard let value = Int(text), range.contains(value) else {
            throw SettingError("\"\(text)\" is not a whole number in \(range.lowerBound)...\(range.upperBound)")
        }
        return value
    }

    static func boolean(_ text: String) throws -> Bool {
        switch text.lowercased() {
        case "true", "yes", "1": true
        case "false", "no", "0": false
        default: throw SettingError("\"\(text)\" is neither true nor false")
        }
    }

    static func choice<Choice: RawRepresentable & CaseIterable>(_ text: String) throws -> Choice where Choice.RawValue == String {
        guard let choice = Choice(rawValue: text) else {
            throw SettingError("\"\(text)\" is not one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    private static func database(_ text: String) throws -> String {
        guard text.hasPrefix("sqlite:"), text.count > 7 else {
            throw SettingError("\"\(text)\" is not a database; sqlite:PATH is needed, such as sqlite:./nac.db")
        }
        return String(text.dropFirst(7))
    }

    private static func keys(_ text: String) throws -> [PlatformSettings.APIKey] {
        guard !text.isEmpty else { throw SettingError("is empty; leave it out, or list client=key") }
        let keys = try text.split(separator: ",", omittingEmptySubsequences: false).map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimming(while: \.isWhitespace) }
            // The pair may contain a key, so the message does not repeat the pair.
            guard parts.count == 2, !parts[0].isEmpty, parts[1].count >= 7 else {
                throw SettingError("one of the entries is not client=key with a key of 7 characters or more")
            }
            return PlatformSettings.APIKey(client: parts[0], key: parts[1])
        }
        try checkDifferent(keys)
        return keys
    }

    /// A key identifies a client, so two clients must not share a key. The sandbox's keys are refused, because
    /// everybody knows them.
    private static func checkDifferent(_ keys: [PlatformSettings.APIKey]) throws {
        var clients: [String: String] = [:]
        for (index, key) in keys.enumerated() {
            if let other = clients.updateValue(key.client, forKey: key.key) {
                throw SettingError("[\(index)]: \(Excerpt.of(key.client)) has the same key as \(Excerpt.of(other)); each client needs a key of its own")
            }
            guard !PlatformSettings.sandboxKeys.contains(where: { $0.key == key.key }) else {
                throw SettingError("[\(index)]: the key of \(Excerpt.of(key.client)) is one of the sandbox's, which everybody knows; choose another")
            }
        }
    }

    private static func baseURL(_ text: String) throws -> String {
        let rest = text.hasPrefix("https://") ? text.dropFirst(8) : text.hasPrefix("http://") ? text.dropFirst(7) : ""
        guard !rest.isEmpty, !rest.hasSuffix("/"), rest.utf8.allSatisfy({ (0x21...0x7e).contains($0) && !"?#@\"\\".utf8.contains($0) }) else {
            throw SettingError("\"\(Excerpt.of(text))\" is not a base URL such as http://127.0.0.1:9091, without a slash at the end")
        }
        return text
    }

    private static func clientKeys(_ text: String) throws -> [SandboxSettings.ClientKeyFile] {
        try text.split(separator: ",").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimming(while: \.isWhitespace) }
            guard parts.count == 2, !parts[1].isEmpty else { throw SettingError("\"\(Excerpt.of(pair))\" is not client=FILE") }
            return SandboxSettings.ClientKeyFile(client: try ClientID(checking: parts[0]).description, file: parts[1])
        }
    }

    private static func rate(_ text: String) throws -> Int {
        try Rate.bitsPerSecond(of: text)
    }
}

extension StringProtocol {
    func trimming(while isTrimmed: (Character) -> Bool) -> String {
        String(drop(while: isTrimmed).reversed().drop(while: isTrimmed).reversed())
    }
}
