import CAMARA
import NIOCore
import NIOHTTP1
public import QualityOnDemand
public import SessionEngine
public import Southbound

/// Delivers events over HTTP: CloudEvents in structured JSON, with the bearer token that the sink demands.
public struct HTTPEventSink: EventSink {
    private let client: SinkClient
    private let tokens: SinkTokens?
    private let clock: any EngineClock

    /// - Parameter connections: counts all connections to sinks.
    /// - Throws: if the files of the authorities are no longer readable.
    public init(
        _ configuration: SinkConfiguration, resolver: any AddressResolver = SystemResolver(),
        connections: ResourceAccount = ResourceAccount("sink_connections", limit: 512), clock: any EngineClock = SystemClock()
    ) throws {
        client = try SinkClient(configuration, resolver: resolver, account: connections)
        tokens = configuration.privateKeyJWT.map { [client] in SinkTokens(key: $0, client: client, clock: clock) }
        self.clock = clock
    }

    public func deliver(_ event: SessionEvent) async -> DeliveryOutcome {
        guard let target = event.target, let url = try? SinkURL(target.sink) else { return .stop(.sinkNotAllowed) }
        var headers = HTTPHeaders([
            ("Content-Type", EventDocument.contentType), ("User-Agent", "network-as-code/\(SoftwareVersion.current)"), ("x-correlator", event.id.description),
        ])
        do {
            if let token = try await token(for: target.credential) { headers.add(name: "Authorization", value: "Bearer \(token)") }
            let answer = try await client.post(.init(url: url, headers: headers, body: EventDocument.bytes(event)))
            if answer.status == 401, case .privateKeyJWT(let clientID, let uri) = target.credential {
                // The authorization server may have revoked the token; the next attempt gets a new one.
                tokens?.forget(clientID: clientID, tokenURI: uri)
                return .retry(.status(401))
            }
            return outcome(of: answer)
        } catch {
            return error.problem.endsSink ? .stop(error.problem) : .retry(error.problem)
        }
    }

    private func token(for credential: SinkCredential?) async throws(SinkFailure) -> String? {
        switch credential {
        case nil: return nil
        case .accessToken(let token, _):
            guard Self.canBeSent(token) else { throw SinkFailure(problem: .sinkNotAllowed) }
            return token
        case .privateKeyJWT(let clientID, let tokenURI):
            guard let tokens else { throw SinkFailure(problem: .noToken) }
            let token = try await tokens.token(clientID: clientID, tokenURI: tokenURI)
            guard Self.canBeSent(token) else { throw SinkFailure(problem: .noToken) }
            return token
        }
    }

    /// Whether a token is one word of a header. Any other text could inject another header.
    private static func canBeSent(_ token: String) -> Bool {
        !token.isEmpty && token.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }

    private func outcome(of answer: SinkAnswer) -> DeliveryOutcome {
        switch answer.status {
        case 200...299: .delivered
        case 410: .stop(.gone)
        case 408, 425, 429, 500...599: .retry(.status(answer.status), after: answer.retryAfter.flatMap { RetryAfter.parse($0, now: clock.now) })
        // A redirect would lead to an address that the client did not name. Other refusals are permanent.
        default: .stop(.status(answer.status))
        }
    }
}

/// How the platform sends events.
public struct SinkConfiguration: Sendable {
    public var policy = SinkPolicy()
    /// The time limit of a whole attempt, from the look-up of the name to the answer.
    public var timeout: Duration = .seconds(10)
    /// The certificate authorities that sinks' certificates may come from.
    public var authorities = TrustedAuthorities.system
    /// The proxies for connections to sinks and token endpoints.
    public var proxies = ProxyRules.none
    /// Whether a proxy receives the names of sinks and resolves them. The platform cannot check the addresses in this
    /// case, so the proxy must keep sinks away from internal networks.
    public var proxyResolves = false
    /// How the platform gets tokens for sinks that demand one; `nil` if this is not configured.
    public var privateKeyJWT: PrivateKeyJWT?

    public init() {}
}

extension HTTPEventSink: Confidential {}
extension SinkConfiguration: Confidential {}
