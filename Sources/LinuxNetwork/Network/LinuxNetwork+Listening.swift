import Logging
import NIOConcurrencyHelpers
import Southbound

/// The changes that others make on the gateway.
extension LinuxNetwork {
    /// The time during which changes are collected into one report.
    private static let gathering = Duration.milliseconds(50)
    /// The time between two comparisons at least, however often others change the gateway.
    private static let rest = Duration.seconds(1)

    /// Reports disturbances of the gateway, until cancelled or until the kernel's announcements cannot be received.
    nonisolated func listen(_ report: @escaping @Sendable ([NetworkReport]) async -> Void) async throws {
        let disturbances: AsyncStream<String>
        do throws(NetworkError) {
            disturbances = try await hear()
        } catch {
            // The network works without announcements, but then only the regular comparisons find damage.
            return logger.warning("Changes of other programs on the gateway cannot be received", metadata: ["error": "\(error)"])
        }
        for await reason in disturbances {
            try await clock.sleep(for: Self.gathering)
            await report([.disturbed(reason)])
            try await clock.sleep(for: Self.rest)
        }
        try Task.checkCancellation()
    }

    private func hear() throws(NetworkError) -> AsyncStream<String> {
        let (stream, continuation) = try GatewayWatch.disturbances(gateway.configuration, own: own)
        listener.withLockedValue { $0 = continuation }
        return stream
    }
}
