import ArgumentParser
import Foundation
import NetworkAsCode

/// The platform that the tool calls, and the token that the tool shows.
struct Connection: Sendable {
    let server: NetworkAsCodeClient.Server
    let token: String
    let tokenSource: TokenSource
    let tls: ClientConfiguration.TLS
    let proxy: ClientConfiguration.Proxy?

    /// The source of the token. Advice names the source, because advice must not show the token.
    enum TokenSource: Sendable {
        case flag, environment, sandbox
    }

    static let defaultAddress = "http://127.0.0.1:9091"
    static let sandboxToken = "sandbox"

    /// Flags come first, then the environment, then the defaults of the Developer Sandbox on this machine.
    init(server flag: String?, token: String?, tls flags: TLSOptions? = nil, surroundings: Surroundings) throws(ValidationError) {
        if let flags { tls = try flags.settings(surroundings) } else { tls = try TLSOptions.settings(surroundings) }
        let variable = surroundings.variable("NAC_SERVER")
        server = try Self.server(flag ?? variable ?? Self.defaultAddress, from: flag != nil ? "--server" : "NAC_SERVER")
        if let token {
            self.token = token
            tokenSource = .flag
        } else if let token = surroundings.variable("NAC_TOKEN") {
            self.token = token
            tokenSource = .environment
        } else if Self.isLoopback(server.url) {
            self.token = Self.sandboxToken
            tokenSource = .sandbox
        } else {
            throw ValidationError("no token for \(server.url.absoluteString): give one with --token or NAC_TOKEN")
        }
        let allowed = "visible ASCII characters without spaces are allowed"
        guard !self.token.isEmpty, self.token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw ValidationError("\(tokenSource == .flag ? "--token" : "NAC_TOKEN"): is not a token; \(allowed)")
        }
        guard !Self.isLoopback(server.url) else {
            proxy = nil
            return
        }
        do { proxy = try .environment(surroundings.environment) } catch { throw ValidationError(error.message) }
    }

    /// The server's address, for messages.
    var address: String { server.url.absoluteString }
    var isLoopback: Bool { Self.isLoopback(server.url) }

    private static func server(_ text: String, from source: String) throws(ValidationError) -> NetworkAsCodeClient.Server {
        guard let url = URL(string: text), ["http", "https"].contains(url.scheme?.lowercased()), let host = url.host(), !host.isEmpty,
            url.query() == nil, url.fragment() == nil, url.user() == nil
        else {
            throw ValidationError(
                "\(source): \"\(TextWidth.printable(text))\" is not an address such as https://api.example.com or \(defaultAddress)")
        }
        // Nokia's gateway expects its token in another header, and the SDK knows that header.
        return host == NetworkAsCodeClient.Server.nokia.url.host() ? .nokia : .server(url)
    }

    private static func isLoopback(_ url: URL) -> Bool {
        guard let host = url.host()?.lowercased() else { return false }
        if ["localhost", "::1", "[::1]"].contains(host) { return true }
        // A host name may begin with "127." too, and point to any machine.
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
