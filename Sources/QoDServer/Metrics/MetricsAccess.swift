import CAMARA
import Crypto
import HTTPTypes
public import QualityOnDemand
public import SessionEngine

/// What `/metrics` shows, and to whom.
public struct MetricsAccess: Sendable {
    let registry: PrometheusRegistry
    let statistics: any StoreStatistics
    let network: String
    private let tokenDigest: SHA256.Digest?

    /// - Parameters:
    ///   - registry: the metrics; the metrics system must have been set up with it before the platform was made.
    ///   - statistics: of the engine's store.
    ///   - network: the name of the engine's network.
    ///   - token: what has to come as `Authorization: Bearer`; with `nil`, whoever reaches the listener may read.
    public init(registry: PrometheusRegistry, statistics: any StoreStatistics, network: String, token: String?) {
        self.registry = registry
        self.statistics = statistics
        self.network = network
        tokenDigest = token.map { SHA256.hash(data: Array($0.utf8)) }
    }

    func check(_ headers: HTTPFields) throws(APIError) {
        guard let tokenDigest else { return }
        let parts = headers[.authorization]?.split(separator: " ", maxSplits: 1) ?? []
        // Digests are compared, so that the time it takes says nothing of the token.
        guard parts.count == 2, parts[0].lowercased() == "bearer", SHA256.hash(data: Array(parts[1].utf8)) == tokenDigest else {
            throw APIError(.unauthorized, .unauthenticated, "Request not authenticated: the token for metrics is needed.")
        }
    }
}

extension MetricsAccess: Confidential {}
