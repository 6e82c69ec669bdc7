import Configuration
import Foundation
import Logging
import QoDServer
import QualityOnDemand
import SessionEngine
import Testing

@testable import Platform

@Suite struct SettingsReaderTests {
    /// Settings from a file with the given text, if there is one.
    private func read(_ yaml: String? = nil, flags: [String: String] = [:], environment: [String: String] = [:]) throws -> PlatformSettings {
        guard let yaml else { return try SettingsReader(flags: flags, environment: environment, file: nil).read() }
        let file = FileManager.default.temporaryDirectory.appending(path: "nac-\(UUID().uuidString).yaml").path()
        try yaml.write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        do {
            return try SettingsReader(flags: flags, environment: environment, file: file).read()
        } catch {
            throw SettingError(error.description.replacing(file, with: "FILE"))
        }
    }

    @Test func `without settings it is the sandbox on loopback`() throws {
        let settings = try read()
        #expect(settings.server.host == "127.0.0.1" && settings.server.port == 9091)
        #expect(settings.databasePath == "./nac.db" && settings.isOpenToAnybody)
    }

    @Test func `a flag counts before the environment, and that before the file`() throws {
        let yaml = "server: {port: 1, host: 127.0.0.3}\ndatabase: sqlite:file.db\n"
        let environment = ["NAC_SERVER_PORT": "2", "NAC_DATABASE": "sqlite:env.db"]
        let settings = try read(yaml, flags: ["server.port": "3"], environment: environment)
        #expect(settings.server.port == 3)
        #expect(settings.databasePath == "env.db")
        #expect(settings.server.host == "127.0.0.3")
    }

    @Test func `every key can be set in the file`() throws {
        let settings = try read(
            """
            server: {host: 0.0.0.0, port: 0, maxBodySize: 2048, idleTimeout: 5}
            auth: {keys: ["a=1234567", "b=abcdefg=h"]}
            notifications: {allowHttpSinks: true}
            log: {level: debug}
            database: "sqlite::memory:"
            network:
              driver: simulated
              journal: j
              reconcileInterval: 7
              downlink: {interface: ran0, capacity: 100Mbps}
              uplink: {interface: wan0, capacity: 1.5 Gbps}
            devices: {subnets: [10.45.0.0/16, "2001:db8:45::/48"]}
            profiles: {file: p.yaml}
            limits: {maxInFlight: 10, answerWait: 0, giveUpAfter: 9}
            sandbox: {issuer: "https://sandbox.example.com/qod", approvalDelay: 3, clientKeys: ["sandbox=a.json", "shop=b.json"]}
            """)
        #expect(settings.server.maximumBodySize == 2048 && settings.server.maximumInFlight == 10 && settings.serverConfiguration.allowsHTTPSinks)
        #expect(settings.keys.map(\.client) == ["a", "b"] && settings.keys[1].key == "abcdefg=h")
        #expect(settings.logLevel == .debug && settings.databasePath == ":memory:" && settings.profilesFile == "p.yaml")
        #expect(settings.network.downlink.capacity == 100_000_000 && settings.network.uplink.capacity == 1_500_000_000)
        #expect(settings.network.devices.subnets == ["10.45.0.0/16", "2001:db8:45::/48"] && settings.network.journal == "j")
        #expect(settings.sandbox.issuer == "https://sandbox.example.com/qod" && settings.sandbox.approvalDelay == 3)
        #expect(settings.sandbox.clientKeys.map(\.client) == ["sandbox", "shop"] && settings.sandbox.clientKeys[1].file == "b.json")
        #expect(settings.engine.site.timing.giveUpAfter == 9 && settings.engine.site.reconcileInterval == .seconds(7))
    }

    @Test(arguments: [
        ("nonsense: 1", "FILE: nonsense: is not a setting; there are auth, database, devices, "),
        ("sever: {port: 1}", "FILE: sever: is not a setting; did you mean server?"),
        ("server: {prot: 1}", "FILE: server.prot: is not a setting; did you mean server.port?"),
        ("server: {nonsense: 1}", "FILE: server.nonsense: is not a setting; there are server."),
        ("server: 1", "FILE: server: is a section; there are server."),
        ("", "FILE: is empty; a mapping of settings is needed"), ("# nothing yet\n", "FILE: is empty"), ("---\n", "FILE: is empty"),
        ("server: {port: {x: 1}}", "FILE: server.port: is not a setting"),
        ("just text", "FILE: a mapping of settings is needed"),
        ("a: [", "FILE: is not YAML"),
    ])
    func `an unknown key is told with its path and what there is`(yaml: String, message: String) {
        let error = #expect(throws: SettingError.self) { try read(yaml) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        ("NAC_SERVER_PROT", "1", "NAC_SERVER_PROT: is not a setting; did you mean NAC_SERVER_PORT?"),
        ("NAC_SERVER_MAXBODYSIZE", "1", "NAC_SERVER_MAXBODYSIZE: is not a setting; did you mean NAC_SERVER_MAX_BODY_SIZE?"),
        ("NAC_SEVER_PORT", "1", "NAC_SEVER_PORT: is not a setting; did you mean NAC_SERVER_PORT?"),
        ("NAC_SERVER_NONSENSE", "1", "NAC_SERVER_NONSENSE: is not a setting; nac serve --help lists them"),
    ])
    func `a variable that is no setting is refused`(name: String, value: String, message: String) {
        let error = #expect(throws: SettingError.self) { try SettingsReader(flags: [:], environment: [name: value], file: nil).read() }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test func `variables of the tool and of others are left alone`() throws {
        let environment = [
            "NAC_TOKEN": "t", "NAC_SERVER": "http://x", "NAC_CA_FILE": "/x", "PATH": "/bin", "NACHO": "1", "NAC_UNHEARD_OF": "1",
            // Variables from Kubernetes for services with the names nac and nac-server.
            "NAC_SERVICE_HOST": "10.0.0.1", "NAC_SERVICE_PORT": "9091", "NAC_PORT": "tcp://10.0.0.1:9091", "NAC_PORT_9091_TCP_ADDR": "10.0.0.1",
            "NAC_SERVER_PORT": "tcp://10.0.0.1:9091", "NAC_SERVER_SERVICE_PORT_HTTP": "9091",
        ]
        #expect(try SettingsReader(flags: [:], environment: environment, file: nil).read().server.port == 9091)
    }

    @Test func `every setting's variable is the one that is read`() {
        for key in SettingKey.all {
            let provider = EnvironmentVariablesProvider(environmentVariables: [SettingVariables.name(of: key.path): "x"]).prefixKeys(with: "nac")
            #expect(ConfigReader(provider: provider).string(forKey: ConfigKey(key.path)) == "x", "\(key.path)")
        }
    }

    @Test func `a file that is not there is told`() {
        #expect(throws: SettingError("/no/such/file: cannot be read; is it there?")) {
            try SettingsReader(flags: [:], environment: [:], file: "/no/such/file").read()
        }
    }

    private static let badValues = [
        ("server.host", "", "is empty"), ("devices.acceptsNumbersWithoutPlus", "perhaps", "\"perhaps\" is neither true nor false"), ("server.port", "65536", "\"65536\" is not a whole number in 0...65535"),
        ("server.port", "http", "\"http\" is not a whole number"), ("server.maxBodySize", "1", "is not a whole number in 1024..."),
        ("server.allowedOrigins", "*", "is not an origin"), ("server.allowedOrigins", "https://a.example/path", "without a path"),
        ("server.allowedOrigins", "https://a.example, app", "\"app\" is not an origin"),
        ("server.idleTimeout", "0", "is not a whole number in 1...3600"), ("notifications.allowHttpSinks", "maybe", "is neither true nor false"),
        ("notifications.allowPrivateSinks", "maybe", "is neither true nor false"),
        ("notifications.retryFor", "0", "is not a whole number in 1...604800"), ("notifications.firstDelay", "1", "is not a whole number in 10...3600000"),
        ("notifications.largestDelay", "0", "is not a whole number in 1...86400"), ("notifications.largestHostPause", "0", "is not a whole number in 1...86400"),
        ("notifications.timeout", "1", "is not a whole number in 100...60000"), ("notifications.concurrency", "1", "is not a whole number in 2...4096"),
        ("notifications.concurrencyPerHost", "0", "is not a whole number in 1...256"), ("notifications.caFile", "", "is empty"),
        ("notifications.privateKeyJwt.keyFile", "", "is empty"), ("notifications.privateKeyJwt.keyId", "", "is empty"),
        ("notifications.privateKeyJwt.clientId", "", "is empty"),
        ("log.format", "xml", "is not one of text, json"), ("metrics.access", "everyone", "is not one of nobody, token, anybody"),
        ("metrics.token", "short", "is not a token of 16"),
        ("log.level", "loud", "is not one of trace, debug"), ("database", "nac.db", "sqlite:PATH is"), ("database", "sqlite:", "sqlite:PATH is"),
        ("profiles.file", "", "is empty"), ("network.driver", "radio", "is not one of simulated, linux"), ("network.journal", "", "is empty"),
        ("network.downlink.interface", "", "is empty"), ("network.downlink.capacity", "fast", "is not a rate such as 100Mbps"),
        ("network.reserve", "100", "0...99"), ("network.takeOver", "perhaps", "neither true nor false"), ("network.uplink.capacity", "0Mbps", "is not a rate"), ("network.uplink.capacity", "5 apples", "units are bps, kbps"),
        ("network.uplink.interface", "", "is empty"), ("devices.subnets", "10.0.0.0/8,home", "\"home\" is not a subnet"),
        ("devices.static", "[", "is not YAML"), ("devices.file", "", "is empty"), ("devices.leases", "a,,b", "is not a list of files"),
        ("devices.leases", "a, a", "names a file twice"), ("devices.nat", "iptables", "is not one of none, conntrack"),
        ("limits.maxInFlight", "0", "is not a whole number in 1..."), ("limits.answerWait", "-1", "is not a whole number in 0...10000"),
        ("limits.giveUpAfter", "x", "is not a whole number"), ("network.reconcileInterval", "0", "is not a whole number"),
        ("sandbox.issuer", "ftp://x", "is not a base URL"), ("sandbox.issuer", "http://x/", "without a slash at the end"),
        ("sandbox.approvalDelay", "601", "is not a whole number in 0...600"), ("sandbox.clientKeys", "a.json", "is not client=FILE"),
        ("sandbox.clientKeys", "a b=x.json", "is not a client's name"),
        ("server.maxConnections", "0", "is not a whole number in 1...1000000"),
        ("server.maxConnectionsPerAddress", "0", "is not a whole number in 1...1000000"),
        ("server.headTimeout", "0", "is not a whole number in 1...3600"), ("server.bodyTimeout", "3601", "is not a whole number in 1...3600"),
        ("server.drainTimeout", "0", "is not a whole number in 1...3600"),
        ("limits.maxInFlightPerClient", "0", "is not a whole number in 1...1000000"),
        ("limits.bodyBytes", "1000", "is not a whole number in 1048576..."), ("limits.bodyBytesPerClient", "1", "is not a whole number in 1024..."),
        ("proxy.address", "", "is empty"), ("proxy.address", "socks5://p.example", "is not the address of a proxy, such as"), ("proxy.except", "", "is empty"),
        ("notifications.proxyResolves", "perhaps", "is neither true nor false"), ("auth.caFile", "", "is empty"), ("auth.caFile", "/no/such", "/no/such: holds no certificates"),
        ("limits.storedEvents", "99", "is not a whole number in 100..."), ("limits.keepEventsWithoutSink", "0", "is not a whole number in 1...86400"),
        ("limits.storeReaders", "0", "is not a whole number in 1...64"), ("limits.providerWaiters", "0", "is not a whole number in 1...100000"),
        ("limits.keyLookUps", "65", "is not a whole number in 1...64"),
        ("limits.keyLookUpsWaiting", "-1", "is not a whole number in 0...100000"),
        ("network.timeout", "0", "is not a whole number in 1...3600"),
        ("secrets.keyFile", "", "is empty"), ("network.name", "", "is empty"),
        ("sites", "north", "is not a list of sites"), ("auth.keys", "justakey1", "is not client=key"), ("auth.keys", "me=short", "with a key of 7 characters"),
    ]

    @Test(arguments: badValues)
    func `a bad value is told under its key, from wherever it comes`(key: String, text: String, message: String) {
        let error = #expect(throws: SettingError.self) { try read(flags: [key: text]) }
        #expect(error?.description.hasPrefix("\(key): ") == true)
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test func `every key has a bad value among the tests`() {
        #expect(Set(SettingKey.all.map(\.path)) == Set(Self.badValues.map(\.0)).union(AccessSettingsTests.badValues.map(\.0)))
    }

    @Test(arguments: [
        "auth: {keys: [\"shop=s3cret99\", 'drones=s3cret88]}", "auth: {keys: [shop=s3cret99, *drones]}", "auth:\n  keys: shop=s3cret99\n keys: s3cret88",
        "auth: {keys: [shop=s3cret99]}\nmetrics: {token: s3cret99, token: s3cret99}", "metrics: {token: \"s3cret99\\q\"}", "- s3cret99: [", "s3cret99\0",
        "auth: {keys: [shop: s3cret99]}",
    ])
    func `a file with a mistake in it is told without what it holds`(yaml: String) {
        let error = #expect(throws: SettingError.self) { try read(yaml) }
        #expect(error?.description.contains("s3cret") == false && error?.description.hasPrefix("FILE: ") == true, "\(error?.description ?? "")")
    }

    @Test func `a list of keys that is no list of texts, or is empty, does not open the platform`() {
        for yaml in ["auth: {keys: [shop: s3cret99]}", "auth: {keys: []}", "auth: {keys: [[shop=s3cret99]]}", "auth: {keys: ''}"] {
            let error = #expect(throws: SettingError.self, "\(yaml)") { try read(yaml) }
            #expect(error?.description.contains("auth.keys: is ") == true, "\(error?.description ?? "")")
        }
        #expect(throws: SettingError.self) { try read(environment: ["NAC_AUTH_KEYS": "shop=s3cret99,,"]) }
    }

    @Test(arguments: [
        ("shop=1234567,drones=abcdefg,other=1234567", "auth.keys[2]: other has the same key as shop"), ("shop=1234567,shop=1234567", "auth.keys[1]: shop has the same"),
        ("shop=sandbox", "auth.keys[0]: the key of shop is one of the sandbox's"), ("sandbox=1234567,sandbox-2=sandbox-2", "auth.keys[1]: the key of sandbox-2 is one"),
    ])
    func `a key of two clients, and one that everybody knows, is refused`(keys: String, message: String) {
        let error = #expect(throws: SettingError.self) { try read(environment: ["NAC_AUTH_KEYS": keys]) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("1234567") == false)
    }

    @Test func `of the environment nothing is kept that is no setting`() {
        let variables = SettingsReader.ownVariables(["PATH": "/bin", "AWS_SECRET": "x", "NAC_SERVER_PORT": "1", "nac_x": "2", "XNAC_Y": "3"])
        #expect(variables == ["NAC_SERVER_PORT": "1"])
    }

    @Test func `settings, and what reads them, print nothing of what they hold`() throws {
        let environment = ["NAC_AUTH_KEYS": "me=s3cret99", "NAC_METRICS_TOKEN": "s3cret99-s3cret99"]
        let reader = SettingsReader(flags: ["database": "sqlite:s3cret99.db"], environment: environment, file: nil)
        let settings = try reader.read()
        for value in [reader, settings, settings.access, settings.metrics, settings.notifications, settings.keys, settings.network] as [Any] {
            var dumped = ""
            dump(value, to: &dumped)
            for text in ["\(value)", String(reflecting: value), dumped, "\(Optional(value) as Any)", "\([value])"] { #expect(!text.contains("s3cret99"), "\(text)") }
        }
    }

    @Test func `keys are in no error`() {
        for keys in ["client-s3cret", "me=s3c,you=s3cret99", "=s3cret99"] {
            let error = #expect(throws: SettingError.self) { try read(environment: ["NAC_AUTH_KEYS": keys]) }
            #expect(error?.description.contains("s3c") == false)
        }
        let key = PlatformSettings.APIKey(client: "me", key: "s3cret99")
        #expect(!"\(key)".contains("s3cret99"))
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains("s3cret99"))
    }

    @Test(arguments: ["0.0.0.0", "::", "192.0.2.1", "nac.example.com"])
    func `others can reach the platform only if keys are set`(host: String) throws {
        var settings = try read(flags: ["server.host": host])
        let error = #expect(throws: SettingError.self) { try settings.checkReach() }
        #expect(error?.description.hasPrefix("server.host: \(host) can be reached by others") == true)
        settings.hasStoredKeys = true
        try settings.checkReach()
        #expect(!settings.isOpenToAnybody)
        try read(flags: ["server.host": host], environment: ["NAC_AUTH_KEYS": "me=1234567"]).checkReach()
    }

    @Test(arguments: ["127.evil.example", "127.0.0.1.example", "127.1", "127.0.0.256"])
    func `a name that only begins like loopback is not loopback`(host: String) throws {
        let settings = try read(flags: ["server.host": host])
        #expect(!settings.listensOnLoopbackOnly)
        #expect(throws: SettingError.self) { try settings.checkReach() }
    }

    @Test func `a sandbox is called by loopback's names and its issuer's host, other platforms by any name`() throws {
        #expect(try read().acceptedHosts == [])
        #expect(try read(environment: ["NAC_SANDBOX_ISSUER": "https://sandbox.example.com:8443/qod"]).acceptedHosts == ["sandbox.example.com"])
        #expect(try read(environment: ["NAC_AUTH_KEYS": "me=1234567"]).acceptedHosts == nil)
        let origins = try read("server: {allowedOrigins: ['https://App.example.com:443', 'http://localhost:3000']}").server.allowedOrigins
        #expect(origins == ["https://app.example.com", "http://localhost:3000"])
    }

    @Test(arguments: ["127.0.0.1", "127.9.9.9", "localhost", "::1"])
    func `loopback needs no keys`(host: String) throws {
        let settings = try read(flags: ["server.host": host])
        try settings.checkReach()
        #expect(settings.isOpenToAnybody)
    }
}
