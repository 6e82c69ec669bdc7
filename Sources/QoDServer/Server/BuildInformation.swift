import CoreMetrics
public import QualityOnDemand

/// Which build of the platform runs: shown by `nac --version`, `/health/live`, the log's first line and `nac_build_info`.
public struct BuildInformation: Hashable, Sendable, CustomStringConvertible {
    /// By Semantic Versioning.
    public let version: String
    /// The first ten digits of the commit, with a `+` where files were changed since; `nil` where the build was not told.
    public let commit: String?
    /// The day of the commit, as 2026-11-26; `nil` where the build was not told.
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

    /// The metric whose labels say the build; its value is 1.
    func record() {
        let labels = [("version", version), ("commit", commit ?? ""), ("date", date ?? "")]
        Gauge(label: PlatformMetric.build.rawValue, dimensions: labels).record(1)
    }
}
