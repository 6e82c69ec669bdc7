import CAMARA
import Crypto
import HTTPTypes
public import Operations
public import QualityOnDemand
public import SessionEngine

/// The figures of `/metrics`, and the permission to read them.
public struct MetricsAccess: Sendable {
    let registry: PrometheusRegistry
    let statistics: any StoreStatistics
    let networks: [SiteName: String]
    private let tokenDigest: SHA256.Digest?

    /// - Parameters:
    ///   - registry: the metrics; set up the metrics system with this registry before you make the platform.
    ///   - statistics: the statistics of the engine's store.
    ///   - networks: the kind of network of each site, such as `linux`.
    ///   - token: the required value of `Authorization: Bearer`; with `nil`, every client of the listener may read.
    public init(registry: PrometheusRegistry, statistics: any StoreStatistics, networks: [SiteName: String], token: String?) {
        self.registry = registry
        self.statistics = statistics
        self.networks = networks
        tokenDigest = token.map { SHA256.hash(data: Array($0.utf8)) }
    }

    func check(_ headers: HTTPFields) throws(APIError) {
        guard let tokenDigest else { return }
        let parts = headers[.authorization]?.split(separator: " ", maxSplits: 1) ?? []
        // The method compares digests, so that the time of the comparison tells nothing about the token.
        guard parts.count == 2, parts[0].lowercased() == "bearer", SHA256.hash(data: Array(parts[1].utf8)) == tokenDigest else {
            throw APIError(.unauthorized, .unauthenticated, "Request not authenticated: the token for metrics is needed.")
        }
    }
}

extension MetricsAccess: Confidential {}
