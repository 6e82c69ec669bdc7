import Crypto
public import JWTKit
import NIOConcurrencyHelpers
public import QualityOnDemand
public import SessionEngine

/// The sandbox's own authorization server: access tokens for trying, by client credentials (RFC 6749, section 4.4) and for a
/// device's subscriber by OpenID CIBA in poll mode.
///
/// > Warning: It approves everything at once and knows clients whose secrets everybody knows. It is for a sandbox that only
/// > its own machine reaches, never for a platform that others reach.
///
/// All it holds is in memory and bounded; a restart makes a new signing key and forgets what was pending.
public final class AuthorizationServer: Sendable {
    /// The server's settings.
    public struct Configuration: Sendable {
        /// The base URL under which clients reach it, without a slash at the end. Where it is `nil`, it follows from where the
        /// platform listens.
        public var issuer: String?
        /// Who access tokens are for, their `aud`; the issuer where it is `nil`.
        public var audience: String?
        /// Seconds for which tokens are good that ask for nothing else.
        public var tokenLifetime = 3600
        /// Seconds until a device's subscriber approves.
        public var approvalDelay = 0
        /// How many authentication requests and how many used assertions are remembered at most.
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
    /// Phone numbers by address, and by address and port.
    private let addresses: [String: String]
    private let baseURL: NIOLockedValueBox<String>

    /// - Parameters:
    ///   - clients: who may ask.
    ///   - phoneNumbers: the subscribers whose devices can be named.
    ///   - addresses: their phone numbers by the addresses of their devices, `address` or `address:port`.
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

    /// The `iss` of its tokens: its base URL.
    public var issuer: String { baseURL.withLockedValue { $0 } }
    /// The `aud` of its access tokens.
    public var audience: String { configuration.audience ?? issuer }
    /// The keys that its tokens can be checked with.
    public var jwks: JWKS { JWKS(keys: [signer.publicKey]) }
    /// The same as a document, a JWK Set (RFC 7517).
    public var jwksJSON: [UInt8] { signer.publicKeysJSON }

    /// Where the platform listens, which is known only when it does; an issuer that was configured stays.
    func listens(host: String, port: Int) {
        guard configuration.issuer == nil else { return }
        baseURL.withLockedValue { $0 = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    }

    func knows(_ phoneNumber: PhoneNumber) -> Bool { subscribers.contains(phoneNumber.description) }

    /// The subscriber whose device is seen at an address. A port tells devices behind one address apart; others need none.
    func number(at address: String, port: Int?) -> PhoneNumber? {
        let found = port.flatMap { addresses["\(address):\($0)"] } ?? addresses[address]
        return found.flatMap { try? PhoneNumber($0) }
    }

    var tokenEndpoint: String { "\(issuer)/oauth2/token" }
    var authenticationEndpoint: String { "\(issuer)/oauth2/bc-authorize" }

    /// A subscriber's name in tokens: the same for a number always, and not the number.
    static func subject(of phoneNumber: PhoneNumber) -> String {
        Base64URL.encode(SHA256.hash(data: Array("sandbox subscriber \(phoneNumber)".utf8)).prefix(16))
    }
}

extension AuthorizationServer: TokenKeySource {
    public func keySet() async -> [UInt8] { jwksJSON }
}

extension AuthorizationServer: Confidential {}
