import CoreMetrics
import Foundation
import NIOConcurrencyHelpers
import NIOPosix
import Operations

/// The accounts of the process's resources, as metrics; each request for metrics reads them.
final class ResourceReadings: Sendable {
    private struct Line {
        let account: ResourceAccount
        let used: Meter
        let refused: Counter
        var reported = 0
    }

    private let ledger: ResourceLedger
    private let factory: any MetricsFactory
    private let lines = NIOLockedValueBox<[Line]>([])

    init(_ ledger: ResourceLedger, factory: any MetricsFactory) {
        self.ledger = ledger
        self.factory = factory
    }

    /// Updates the metrics.
    func refresh() async {
        await countDescriptors()
        lines.withLockedValue { lines in
            // An account may be added at any time; no account is ever removed.
            for account in ledger.accounts.dropFirst(lines.count) { lines.append(line(account)) }
            for index in lines.indices {
                let refused = lines[index].account.refused
                lines[index].used.set(lines[index].account.used)
                lines[index].refused.increment(by: refused - lines[index].reported)
                lines[index].reported = refused
            }
        }
    }

    private func line(_ account: ResourceAccount) -> Line {
        let labels = [("resource", account.name)]
        Meter(label: PlatformMetric.resourceLimit.rawValue, dimensions: labels, factory: factory).set(account.limit)
        return Line(
            account: account, used: Meter(label: PlatformMetric.resourceUsed.rawValue, dimensions: labels, factory: factory),
            refused: Counter(label: PlatformMetric.resourceRefused.rawValue, dimensions: labels, factory: factory))
    }

    /// Counts the descriptors in the kernel's list. The count takes some milliseconds for thousands of descriptors, so
    /// it must not run on an event loop.
    private func countDescriptors() async {
        let count = try? await NIOThreadPool.singleton.runIfActive {
            (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
        }
        ledger.descriptors.set(count ?? 0)
    }
}
