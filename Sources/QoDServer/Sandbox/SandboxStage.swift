import Hummingbird
import NIOConcurrencyHelpers
import NIOCore
import QualityOnDemand
import Southbound

/// Gives the answers of test numbers; only an open sandbox has a stage.
struct SandboxStage: Sendable {
    let clock: any EngineClock

    /// Notes the answer of a device's number.
    ///
    /// - Throws: ``APIError`` if the answer is an error.
    func play(_ device: Device?, _ context: APIRequestContext) throws(APIError) {
        guard let device, let answer = SandboxAnswer.of(device) else { return }
        context.notes.withLockedValue { $0.answer = answer }
        if let refusal = answer.refusal { throw refusal }
    }

    /// Delays the answer or closes the connection, if the noted answer demands it.
    func finish(_ context: APIRequestContext) async {
        switch context.notes.withLockedValue({ $0.answer?.behaviour }) {
        case .slow(let seconds): try? await clock.sleep(for: .seconds(seconds))
        case .lost: try? await context.channel.close().get()
        case .error, nil: break
        }
    }
}
