import CAMARA
import Foundation
import QualityOnDemand
import Testing

/// The common part of all types of the wire that can be read.
protocol WireReadable: Hashable, Sendable {
    init(_ node: JSONNode) throws(InvalidValue)
}

/// The common part of all types of the wire that can be read and written.
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
    /// Reads a text as the server does, if the caller gives no other rule.
    init(json: String, _ unknown: JSONNode.UnknownProperties = .rejected) throws(InvalidValue) {
        try self.init(try JSONNode(parsing: Array(json.utf8), unknownProperties: unknown))
    }

    /// Reads a document as the server does, if the caller gives no other rule.
    init(_ document: JSONValue, _ unknown: JSONNode.UnknownProperties = .rejected) throws(InvalidValue) {
        try self.init(JSONNode(document, unknownProperties: unknown))
    }

    /// The error of reading a document; `nil` if there is none.
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
    /// A document from text that must be valid JSON.
    static func text(_ json: String) -> JSONValue {
        do { return try JSONValue(parsing: Array(json.utf8)) } catch { preconditionFailure("\(error) in \(json)") }
    }
}
