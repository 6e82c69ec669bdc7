import CAMARA
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// The server's answer, with its body read as JSON.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let body: String

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        body = String(decoding: response.body.readableBytesView, as: UTF8.self)
    }

    /// The body; `nil` if the body is not JSON.
    var json: JSONValue? { try? JSONValue(parsing: body.utf8) }

    func header(_ name: String) -> String? {
        HTTPField.Name(name).flatMap { headers[$0] }
    }

    subscript(name: String) -> JSONValue? { json?[name] }

    func text(_ name: String) -> String? { json?[name]?.text }

    /// The names of the body's properties, in order.
    var properties: [String] { json?.names ?? [] }

    /// Expects an error in the API's format.
    func expectError(
        _ status: Int, _ code: String, _ message: String? = nil, at location: SourceLocation = #_sourceLocation
    ) {
        #expect(self.status == status, "\(body)", sourceLocation: location)
        #expect(properties == ["status", "code", "message"], "\(body)", sourceLocation: location)
        #expect(self["status"] == .integer(status), sourceLocation: location)
        #expect(text("code") == code, "\(body)", sourceLocation: location)
        #expect(header("content-type") == "application/json", sourceLocation: location)
        #expect(header("x-correlator")?.isEmpty == false, sourceLocation: location)
        #expect(text("message")?.isEmpty == false, sourceLocation: location)
        guard let message else { return }
        #expect(text("message")?.contains(message) == true, "\(body) does not say \(message)", sourceLocation: location)
    }
}

extension JSONValue {
    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    subscript(index: Int) -> JSONValue? {
        elements.indices.contains(index) ? elements[index] : nil
    }

    var names: [String] {
        if case .object(let members) = self { members.map(\.name) } else { [] }
    }

    var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    var number: Int? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// A document from a test's text.
    static func of(_ text: String) -> JSONValue? {
        try? JSONValue(parsing: text.utf8)
    }
}
