public import Access
import Crypto
import JWTKit
import NIOConcurrencyHelpers
public import QoDServer
public import QualityOnDemand
public import Southbound

/// The sandbox's own authorization server. It issues access tokens for tests, by client credentials (RFC 6749, section
/// 4.4), and for a device's subscriber by OpenID CIBA in poll mode.
///
/// > Warning: The server approves every request by itself, and the secrets of its clients are public. Use this server
/// > only for a sandbox that no other machine can reach, never for a platform that others reach.
///
/// All data of the server is in memory and bounded. A restart makes a new signing key and deletes all pending
/// requests.
public final class AuthorizationServer: Sendable {
    /// The server's settings.
    public struct Configuration: Sendable {
        /// The base URL for clients, without a slash at the end. With `nil`, the URL follows from the platform's
        /// listening address.
        public var issuer: String?
        /// The audience of access tokens, their `aud`; `nil` means the issuer.
        public var audience: String?
        /// Seconds until a token expires, if its request names no other lifetime.
        public var tokenLifetime = 3600
        /// Seconds until a device's subscriber approves a request.
        public var approvalDelay = 0
        /// The most authentication requests, and the most used assertions, in memory.
        public var capacity = 10_000

        public init() {}
    }

    let configuration: Configuration
    let clients: [String: OAuthClient]
    let clock: any EngineClock
    let signer: TokenSigner
    let pending: PendingAuthentications
    let seen: SeenAssertions
    private let subscribers: Set<String>
    /// Phone numbers, by address and by address with port.
    private let addresses: [String: String]
    private let baseURL: NIOLockedValueBox<String>

    /// - Parameters:
    ///   - clients: the clients of the server.
    ///   - phoneNumbers: the subscribers whose devices a request can name.
    ///   - addresses: the phone numbers by the devices' addresses, `address` or `address:port`.
    public init(
        configuration: Configuration = Configuration(), clients: [OAuthClient], phoneNumbers: [String], addresses: [String: String] = [:],
        clock: any EngineClock = SystemClock()
    ) async {
        self.configuration = configuration
        self.clients = Dictionary(clients.map { ($0.id.description, $0) }, uniquingKeysWith: { first, _ in first })
        self.subscribers = Set(phoneNumbers)
        self.addresses = addresses
        self.clock = clock
        signer = await TokenSigner()
        pending = PendingAuthentications(capacity: configuration.capacity)
        seen = SeenAssertions(capacity: configuration.capacity)
        baseURL = NIOLockedValueBox(configuration.issuer ?? "http://127.0.0.1:9091")
    }

    /// The `iss` of the server's tokens: the base URL.
    public var issuer: String { baseURL.withLockedValue { $0 } }
    /// The `aud` of the server's access tokens.
    public var audience: String { configuration.audience ?? issuer }
    /// The keys that verify the server's tokens.
    var jwks: JWKS { JWKS(keys: [signer.publicKey]) }
    /// The same keys as a document, a JWK Set (RFC 7517).
    public var jwksJSON: [UInt8] { signer.publicKeysJSON }

    func knows(_ phoneNumber: PhoneNumber) -> Bool { subscribers.contains(phoneNumber.description) }

    /// The subscriber whose device has an address. A port distinguishes devices behind one address; other devices need
    /// no port.
    func number(at address: String, port: Int?) -> PhoneNumber? {
        let found = port.flatMap { addresses["\(address):\($0)"] } ?? addresses[address]
        return found.flatMap { try? PhoneNumber($0) }
    }

    var tokenEndpoint: String { "\(issuer)/oauth2/token" }
    var authenticationEndpoint: String { "\(issuer)/oauth2/bc-authorize" }

    /// A subscriber's name in tokens: always the same for a number, and different from the number.
    static func subject(of phoneNumber: PhoneNumber) -> String {
        Base64URL.encode(SHA256.hash(data: Array("sandbox subscriber \(phoneNumber)".utf8)).prefix(16))
    }
}

extension AuthorizationServer: AdditionalRoutes {
    public func add(to router: inout APIRouter) {
        AuthorizationRoutes(server: self, bodies: router.openBodies).add(to: &router)
    }

    /// Sets the base URL from the platform's listening address. A configured issuer stays unchanged.
    public func serverListens(host: String, port: Int) {
        guard configuration.issuer == nil else { return }
        baseURL.withLockedValue { $0 = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    }
}

extension AuthorizationServer: TokenKeySource {
    public func keySet() async -> [UInt8] { jwksJSON }
}

extension AuthorizationServer: Confidential {}
