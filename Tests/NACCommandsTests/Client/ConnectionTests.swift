import ArgumentParser
import Foundation
import NetworkAsCode
import Testing

@testable import NACCommands

@Suite struct ConnectionTests {
    private func connection(_ server: String?, _ token: String?, _ environment: [String: String] = [:]) throws -> Connection {
        try Connection(server: server, token: token, surroundings: World(environment: environment).surroundings)
    }

    @Test func `without a word it is the sandbox on this machine`() throws {
        let connection = try connection(nil, nil)
        #expect(connection.address == "http://127.0.0.1:9091")
        #expect(connection.token == "sandbox")
        #expect(connection.tokenSource == .sandbox)
    }

    @Test func `flags come before the environment`() throws {
        let environment = ["NAC_SERVER": "https://env.example", "NAC_TOKEN": "from-env"]
        let given = try connection("https://flag.example", "from-flag", environment)
        #expect(given.address == "https://flag.example" && given.token == "from-flag" && given.tokenSource == .flag)
        let other = try connection(nil, nil, environment)
        #expect(other.address == "https://env.example" && other.token == "from-env" && other.tokenSource == .environment)
    }

    @Test func `an empty variable is as good as none`() throws {
        #expect(try connection(nil, nil, ["NAC_SERVER": "", "NAC_TOKEN": ""]).token == "sandbox")
    }

    @Test(arguments: ["http://localhost:1", "http://127.1.2.3", "http://[::1]:9091", "https://LOCALHOST"])
    func `the sandbox's token is sent to this machine`(server: String) throws {
        #expect(try connection(server, nil).token == "sandbox")
    }

    @Test(arguments: ["http://127.0.0.1.evil.example", "http://127.evil.example.com", "https://api.example.com", "http://10.0.0.1"])
    func `no other machine gets the sandbox's token`(server: String) {
        let error = #expect(throws: ValidationError.self) { try connection(server, nil) }
        #expect(error?.message == "no token for \(server): give one with --token or NAC_TOKEN")
    }

    @Test(arguments: ["", "127.0.0.1:9091", "ftp://a.example", "http://", "http://a.example?x=1", "http://me:pw@a.example", "http://a b"])
    func `an address that cannot be used is refused under the name of the flag`(server: String) {
        let error = #expect(throws: ValidationError.self) { try connection(server, "secret-token") }
        #expect(error?.message.hasPrefix("--server: \"\(server)\" is not an address such as https://api.example.com") == true)
        let other = #expect(throws: ValidationError.self) { try connection(nil, "secret-token", ["NAC_SERVER": "ftp://x"]) }
        #expect(other?.message.hasPrefix("NAC_SERVER: ") == true)
    }

    @Test(arguments: ["", "two words", "new\nline", "ä"])
    func `a token that cannot be sent is refused and not repeated`(token: String) {
        let error = #expect(throws: ValidationError.self) { try connection(nil, token) }
        #expect(error?.message == "--token: is not a token; visible ASCII characters without spaces are allowed")
    }

    @Test func `files of certificates come from flags or the environment, and one that is missing is told by its name`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "nac-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for name in ["ca", "cert", "key"] { #expect(FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: nil)) }
        let environment = ["NAC_CA_FILE": "\(folder)/ca", "NAC_CERT": "\(folder)/cert", "NAC_KEY": "\(folder)/key"]
        func read(caFile: String? = nil, _ environment: [String: String]) throws -> ClientConfiguration.TLS {
            try TLSOptions.settings(caFile: caFile, World(environment: environment).surroundings)
        }
        #expect(
            try read(environment)
                == .init(authorities: .file("\(folder)/ca"), certificate: .file("\(folder)/cert"), privateKey: .file("\(folder)/key")))
        #expect(try read(caFile: "\(folder)/key", ["NAC_CA_FILE": "/no/such"]) == .init(authorities: .file("\(folder)/key")))
        let missing = #expect(throws: ValidationError.self) { try read(["NAC_CA_FILE": "/no/such"]) }
        #expect(missing?.message == "NAC_CA_FILE: /no/such: cannot be read; is it there?")
        let half = #expect(throws: ValidationError.self) { try read(["NAC_CERT": "\(folder)/cert"]) }
        #expect(half?.message.contains("give both or none") == true)
    }

    @Test func `proxies of the environment are used, but not for this machine`() throws {
        let environment = ["HTTPS_PROXY": "http://p.example:3128"]
        #expect(try connection("https://api.example.com", "t", environment).proxy != nil)
        #expect(try connection("https://localhost:9091", "t", environment).proxy == nil)
        #expect(try connection(nil, nil, ["ALL_PROXY": "socks5://p.example"]).proxy == nil)
        let error = #expect(throws: ValidationError.self) { try connection("https://api.example.com", "t", ["HTTPS_PROXY": "socks5://p.example"]) }
        #expect(error?.message.hasPrefix("HTTPS_PROXY: ") == true)
    }

    @Test func `Nokia's gateway is spoken to as the SDK knows it`() throws {
        #expect(try connection("https://network-as-code.p-eu.rapidapi.com", "key").server == .nokia)
    }
}
