import Foundation
import HTTPTypes
import Hummingbird
import QoDTestSupport
import QualityOnDemand
import Testing

@testable import Access
@testable import QoDServer

@Suite("The keys of an OpenID provider, over HTTP")
struct OpenIDKeySourceTests {
    private static let keys = [SigningKey.es256("a")].set

    /// Runs a provider on loopback; `discovery` turns the provider's address into its discovery document.
    private func withProvider(
        keys: Response = Response(status: .ok, body: .init(byteBuffer: ByteBuffer(bytes: keys))),
        discovery: @escaping @Sendable (String) -> String = { "{\"issuer\": \"\($0)\", \"jwks_uri\": \"\($0)/keys\", \"other\": [1]}" },
        _ body: (String) async throws -> Void
    ) async throws {
        let port = Box<Int>()
        let router = Router()
        router.get("/realm/.well-known/openid-configuration") { _, _ in discovery("http://127.0.0.1:\(port.value ?? 0)/realm") }
        router.get("/realm/keys") { _, _ in keys }
        router.get("/elsewhere") { _, _ in Response(status: .ok, body: .init(byteBuffer: ByteBuffer(bytes: Self.keys))) }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.value = $0.localAddress?.port }, logger: .silent)
        let running = Task { try await application.runService(gracefulShutdownSignals: []) }
        defer { running.cancel() }
        try await eventually { port.value != nil }
        try await body("http://127.0.0.1:\(port.value ?? 0)/realm")
        running.cancel()
        _ = await running.result
    }

    /// The message about a provider that cannot be used.
    private func failure(_ source: OpenIDKeySource) async -> String {
        do {
            _ = try await source.keySet()
            return "nothing"
        } catch {
            return "\(error)"
        }
    }

    @Test("are found by the issuer's discovery document, and at an address")
    func found() async throws {
        try await withProvider { issuer async throws in
            #expect(try await OpenIDKeySource(issuer: issuer).keySet() == Self.keys)
            #expect(try await OpenIDKeySource(keySetURL: "\(issuer)/keys").keySet() == Self.keys)
        }
    }

    @Test("let access tokens in, from the first request to the keys of the provider")
    func wholeWay() async throws {
        let signer = TestIssuer(keys: [.ed25519("live")])
        let keys = Response(status: .ok, body: .init(byteBuffer: ByteBuffer(bytes: signer.keys.set)))
        try await withProvider(keys: keys) { issuer in
            var requirements = TestIssuer.requirements
            requirements.issuer = issuer
            let verifier = TokenVerifier(requirements, keys: try OpenIDKeySource(issuer: issuer), logger: .silent)
            #expect(await rejection(of: signer.token(["iss": "\"\(issuer)\""]), by: verifier) == nil)
            #expect(await rejection(of: signer.token(), by: verifier) == .issuer)
        }
    }

    @Test("of a discovery document that is none, or another's, are not taken", arguments: [
        ("", "not JSON"), ("[]", "not JSON"), (#"{"issuer": "https://another.example", "jwks_uri": "ISSUER/keys"}"#, #"another issuer: found "https://another.example", expected "http://127.0.0.1:"#),
        (#"{"issuer": "ISSUER/", "jwks_uri": "ISSUER/keys"}"#, #"/realm/", expected "http://127.0.0.1:"#), (#"{"jwks_uri": "ISSUER/keys"}"#, "found none, expected"), (#"{"issuer": "ISSUER"}"#, "names no jwks_uri"),
        (#"{"issuer": "ISSUER", "jwks_uri": "http://192.0.2.1/keys"}"#, "jwks_uri: "),
        (#"{"issuer": "ISSUER", "jwks_uri": "file:///etc/passwd"}"#, "jwks_uri: "), (#"{"issuer": "ISSUER", "jwks_uri": 1}"#, "names no jwks_uri"),
    ])
    func badDiscovery(_ document: String, _ message: String) async throws {
        try await withProvider(discovery: { document.replacing("ISSUER", with: $0) }) { issuer async throws in
            #expect(await failure(try OpenIDKeySource(issuer: issuer)).contains(message))
        }
    }

    @Test("are not followed to where a redirect leads, and not read without bound")
    func badAnswers() async throws {
        let redirect = Response(status: .found, headers: [.location: "/elsewhere"])
        try await withProvider(keys: redirect) { issuer async throws in
            #expect(await failure(try OpenIDKeySource(issuer: issuer)).contains("answered 302"))
        }
        let large = Response(status: .ok, body: .init(byteBuffer: ByteBuffer(repeating: 0x20, count: 300_000)))
        try await withProvider(keys: large) { issuer async throws in
            #expect(await failure(try OpenIDKeySource(issuer: issuer)).contains("larger than"))
        }
        try await withProvider(keys: Response(status: .internalServerError)) { issuer async throws in
            #expect(await failure(try OpenIDKeySource(issuer: issuer)).contains("answered 500"))
        }
    }

    @Test("come through a proxy, from a provider that an authority of the operator's vouches for", .timeLimit(.minutes(1)))
    func proxyAndAuthority() async throws {
        try await TemporaryFolder.with { folder in
            try TestCertificates.authority.write(toFile: folder + "/ca.pem", atomically: true, encoding: .utf8)
            let keys = String(decoding: Self.keys, as: UTF8.self)
            let provider = try await RawServer(tls: (TestCertificates.sink, TestCertificates.sinkKey)) { _, _ in
                .answer("HTTP/1.1 200 OK\r\nContent-Length: \(keys.utf8.count)\r\n\r\n\(keys)")
            }
            let proxy = try await TunnelProxy { $0.contains("Basic dXNlcjpwdw==") ? .tunnel() : .refusal("407 Proxy Authentication Required") }
            let address = "https://sink.example:\(provider.port)/keys"
            func source(_ credentials: String?, _ authorities: TrustedAuthorities) throws -> OpenIDKeySource {
                let rules = ProxyRules { isSecure, host, port in
                    isSecure && host == "sink.example" && port == provider.port
                        ? ForwardProxy(host: "127.0.0.1", port: proxy.port, basicCredentials: credentials) : nil
                }
                return try OpenIDKeySource(keySetURL: address, through: rules, trusting: authorities)
            }
            for authorities in [try TrustedAuthorities(and: folder + "/ca.pem"), try TrustedAuthorities(insteadOfSystem: folder + "/ca.pem")] {
                #expect(try await source("dXNlcjpwdw==", authorities).keySet() == Self.keys)
                #expect(await failure(try source(nil, authorities)).contains("proxyAuthenticationRequired"))
            }
            #expect(Set(proxy.hosts) == ["sink.example:\(provider.port)"])
            let requests = provider.requests
            #expect(requests.count == 2 && !requests.joined().contains("Basic"))
            #expect(await failure(try source("dXNlcjpwdw==", .system)) != "nothing")
            #expect(provider.requests.count == 2)
        }
        #expect(throws: TrustedAuthorities.Unreadable(path: #filePath)) { try TrustedAuthorities(and: #filePath) }
    }

    @Test("come over https alone, but for this machine", arguments: [
        "http://idp.example.com", "http://10.0.0.1/", "http://127.0.0.1.example.com/", "http://localhost.example.com", "ftp://idp.example.com",
        "idp.example.com", "", "https://", "https://user:secret@idp.example.com", "https://idp.example.com/#x", "//idp.example.com", "http://0/",
    ])
    func addresses(_ address: String) {
        #expect(throws: InvalidValue.self) { try OpenIDKeySource(issuer: address) }
        #expect(throws: InvalidValue.self) { try OpenIDKeySource(keySetURL: address) }
    }

    @Test("may be at any https address, and at http on this machine", arguments: [
        "https://idp.example.com", "https://idp.example.com:8443/realms/a", "http://127.0.0.1:9091", "http://localhost:8080/x", "http://127.1.2.3/",
        "http://[::1]:80/",
    ])
    func goodAddresses(_ address: String) throws {
        _ = try OpenIDKeySource(issuer: address)
    }
}
