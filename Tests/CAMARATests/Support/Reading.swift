import CAMARA
import Foundation
import QualityOnDemand
import Testing

/// What every type of the wire that can be read has in common.
protocol WireReadable: Hashable, Sendable {
    init(_ node: JSONNode) throws(InvalidValue)
}

/// What every type of the wire that can be read and written has in common.
protocol WireType: WireReadable {
    func write(to json: inout JSONWriter)
}

extension CreateSession: WireType {}
extension SessionInfo: WireReadable {}
extension ExtendSessionDuration: WireType {}
extension RetrieveSessionsInput: WireType {}
extension QosStatusChangedEvent: WireType {}
extension ErrorInfo: WireType {}
extension QosProfileDeviceRequest: WireType {}
extension Device: WireType {}
extension QoSProfile: WireType {}

extension WireReadable {
    /// Reads a text the server's way, unless told otherwise.
    init(json: String, _ unknown: JSONNode.UnknownProperties = .rejected) throws(InvalidValue) {
        try self.init(try JSONNode(parsing: Array(json.utf8), unknownProperties: unknown))
    }

    /// Reads a document the server's way, unless told otherwise.
    init(_ document: JSONValue, _ unknown: JSONNode.UnknownProperties = .rejected) throws(InvalidValue) {
        try self.init(JSONNode(document, unknownProperties: unknown))
    }

    /// What reading a document says that is wrong with it; `nil` where nothing is.
    static func complaint(about document: JSONValue, _ unknown: JSONNode.UnknownProperties = .rejected) -> InvalidValue? {
        do {
            _ = try Self(document, unknown)
            return nil
        } catch {
            return error
        }
    }
}

extension WireType {
    /// The value as it is written.
    var json: [UInt8] {
        JSONWriter.document { write(to: &$0) }
    }

    /// The value as it is written, read into a tree.
    var document: JSONValue {
        get throws { try JSONValue(parsing: json) }
    }
}

extension JSONValue {
    /// A document from text that is known to be JSON.
    static func text(_ json: String) -> JSONValue {
        do { return try JSONValue(parsing: Array(json.utf8)) } catch { preconditionFailure("\(error) in \(json)") }
    }
}
