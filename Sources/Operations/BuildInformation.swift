import CBuild
import CoreMetrics
public import QualityOnDemand

/// The build of the running platform. `nac --version`, `/health/live`, the log's first line and `nac_build_info` show
/// it.
public struct BuildInformation: Hashable, Sendable, CustomStringConvertible {
    /// By Semantic Versioning.
    public let version: String
    /// The first ten digits of the commit, with a `+` if files changed since the commit; `nil` if the build does not
    /// know its commit.
    public let commit: String?
    /// The day of the commit, as 2026-11-26; `nil` if the build does not know its commit.
    public let date: String?

    public init(version: String = SoftwareVersion.current, commit: String? = nil, date: String? = nil) {
        self.version = version
        self.commit = commit
        self.date = date
    }

    /// "0.9.0 (commit 0123456789, 2026-11-26)".
    public var description: String {
        let details = [commit.map { "commit \($0)" }, date].compactMap(\.self)
        return details.isEmpty ? version : "\(version) (\(details.joined(separator: ", ")))"
    }

    /// Records the metric whose labels name the build; the metric's value is 1.
    public func record() {
        let labels = [("version", version), ("commit", commit ?? ""), ("date", date ?? "")]
        Gauge(label: PlatformMetric.build.rawValue, dimensions: labels).record(1)
    }
}

extension BuildInformation {
    /// The build of this program.
    public static let current = BuildInformation(commit: known(nac_build_commit()), date: known(nac_build_date()))

    private static func known(_ text: UnsafePointer<CChar>?) -> String? {
        text.map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
