import Hummingbird
import NIOConcurrencyHelpers
import NIOCore
import QualityOnDemand
import SessionEngine

/// Gives the answers that test numbers stand for; only an open sandbox has one.
struct SandboxStage: Sendable {
    let clock: any EngineClock

    /// Notes the answer that a device stands for.
    ///
    /// - Throws: ``APIError`` where the answer is an error.
    func play(_ device: Device?, _ context: APIRequestContext) throws(APIError) {
        guard let device, let answer = SandboxAnswer.of(device) else { return }
        context.notes.withLockedValue { $0.answer = answer }
        if let refusal = answer.refusal { throw refusal }
    }

    /// Holds the answer back, or closes the connection, where that was noted.
    func finish(_ context: APIRequestContext) async {
        switch context.notes.withLockedValue({ $0.answer?.behaviour }) {
        case .slow(let seconds): try? await clock.sleep(for: .seconds(seconds))
        case .lost: try? await context.channel.close().get()
        case .error, nil: break
        }
    }
}
