import Operations
import QoDServer
public import QualityOnDemand
import SessionEngine

/// The settings of access to `/metrics`.
public struct MetricsSettings: Sendable {
    /// `nil` means the default of the kind of platform, see ``PlatformSettings``.
    public var access: Access?
    public var token: String?

    public init() {}

    public enum Access: String, CaseIterable, Hashable, Sendable {
        /// There is no `/metrics`.
        case nobody
        /// A reader needs the token.
        case token
        /// Anybody that reaches the listener may read `/metrics`, clients included.
        case anybody
    }

    /// Checks that settings that need each other are given together.
    func check() throws(SettingError) {
        if access == .token, token == nil { throw SettingError("metrics.token: is missing; metrics.access: token needs it") }
        if let access, access != .token, token != nil {
            throw SettingError("metrics.token: has no effect where metrics.access is \(access.rawValue); leave one of them out")
        }
    }
}

extension MetricsSettings: Confidential {}

extension PlatformSettings {
    /// The configured access, or the default. With a token, the default is access by the token. Without a token, it is
    /// anybody on a sandbox that only this machine reaches, and nobody on any other platform, because clients reach
    /// the same listener.
    var metricsAccess: MetricsSettings.Access {
        if let access = metrics.access { return access }
        if metrics.token != nil { return .token }
        return isOpenToAnybody && listensOnLoopbackOnly ? .anybody : .nobody
    }

    /// The content of `/metrics`; `nil` if there is no `/metrics`.
    func shownMetrics(_ registry: PrometheusRegistry, statistics: any StoreStatistics, networks: [SiteName: String]) -> MetricsAccess? {
        switch metricsAccess {
        case .nobody: nil
        case .token: MetricsAccess(registry: registry, statistics: statistics, networks: networks, token: metrics.token)
        case .anybody: MetricsAccess(registry: registry, statistics: statistics, networks: networks, token: nil)
        }
    }
}

extension SettingKey {
    static let operationKeys: [SettingKey] = [
        SettingKey("log.level", "lowest level that is logged") { $1.logLevel = try choice($0) },
        SettingKey("log.format", "text, for people, or json; one line for each record") { $1.logFormat = try choice($0) },
        SettingKey("metrics.access", "who may read /metrics: nobody, token, anybody; default: token where metrics.token is set, else only a sandbox's own machine") {
            $1.metrics.access = try choice($0)
        },
        SettingKey("metrics.token", "token that requests for /metrics send as Authorization: Bearer, 16 characters or more", isSecret: true) {
            guard $0.count >= 16, $0.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
                throw SettingError("is not a token of 16 visible ASCII characters or more")
            }
            $1.metrics.token = $0
        },
    ]
}
