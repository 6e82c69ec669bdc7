import Logging
import NIOConcurrencyHelpers
import SessionEngine

/// What others do to the gateway.
extension LinuxNetwork {
    /// Changes that come one after the other are told together.
    private static let gathering = Duration.milliseconds(50)
    /// However often somebody changes the gateway, it is compared no more often than this.
    private static let rest = Duration.seconds(1)

    /// Hands over what disturbs the gateway, until cancelled or until the kernel cannot be heard.
    nonisolated func listen(_ report: @escaping @Sendable ([NetworkReport]) async -> Void) async throws {
        let disturbances: AsyncStream<String>
        do throws(NetworkError) {
            disturbances = try await hear()
        } catch {
            // It works without, but damage is found by the comparisons at an interval only.
            return logger.warning("Changes that others make on the gateway cannot be heard", metadata: ["error": "\(error)"])
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
