import HTTPTypes
import Hummingbird
import NIOPosix
import QualityOnDemand

/// The tools that all handlers share.
struct RequestReader: Sendable {
    let maximumBodySize: Int
    let ledger: ResourceLedger
    /// Threads that parse large bodies.
    let parsers: NIOThreadPool
    /// The answers of test numbers; `nil` outside of an open sandbox.
    let stage: SandboxStage?
    /// The kinds of identifier by which requests may name a device.
    let identifiers: Set<Device.IdentifierKind>
    /// Whether a phone number in a request may lack its `+`.
    var acceptsNumbersWithoutPlus = false

    /// The id of a session, or of an assignment, in the path.
    func sessionID(_ context: APIRequestContext, named name: String = "sessionId") throws -> SessionID {
        let text = Self.part(name, of: context)
        guard let id = SessionID(text) else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not a UUID").at(name)
        }
        return id
    }

    /// A part of the path, with percent-encoding removed; unchanged if its percent-encoding is invalid.
    static func part(_ name: String, of context: APIRequestContext) -> String {
        let text = context.parameters.get(name) ?? ""
        return text.utf8.contains(UInt8(ascii: "%")) ? PercentEncoding.decode(text) ?? text : text
    }
}
