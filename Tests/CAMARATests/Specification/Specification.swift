import CAMARA
import Foundation
import QualityOnDemand
import Testing

/// The specifications, if their files are beside the package.
enum Specification {
    static let qualityOnDemand = read("quality-on-demand.yaml")
    static let profiles = read("qos-profiles.yaml")

    static let isThere = qualityOnDemand != nil && profiles != nil
    static let whereItIs: Comment = "needs the specifications in ../shared/specs beside the package"

    private static func read(_ name: String) -> JSONValue? {
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let file = root.appending(path: "../shared/specs/camara/\(name)")
        return (try? String(contentsOf: file, encoding: .utf8)).map(YAMLReader.read)
    }
}

/// A schema with its references followed and its `allOf` and `oneOf` merged: all that its parts say of a value.
struct Schema {
    let document: JSONValue
    private(set) var required: Set<String> = []
    private(set) var properties: [(name: String, schema: JSONValue)] = []
    private(set) var constraints: [String: JSONValue] = [:]

    /// The schema with this name in a specification.
    init(_ name: String, of document: JSONValue) {
        self.init(.object([JSONMember(name: "$ref", value: .string("#/components/schemas/\(name)"))]), in: document)
    }

    init(_ node: JSONValue, in document: JSONValue) {
        self.document = document
        add(node)
    }

    private mutating func add(_ node: JSONValue) {
        if case .string(let reference) = node["$ref"] {
            add(document[.path(reference)] ?? .null)
        }
        for keyword in ["allOf", "oneOf"] {
            if case .array(let parts) = node[keyword] {
                for part in parts { add(part) }
                // A property that one alternative requires is optional in the others.
                if keyword == "oneOf" { required = [] }
            }
        }
        if case .array(let names) = node["required"] {
            required.formUnion(names.compactMap { if case .string(let name) = $0 { name } else { nil } })
        }
        if case .object(let members) = node["properties"] { properties += members.map { ($0.name, $0.value) } }
        if case .object(let members) = node {
            for member in members where constraints[member.name] == nil { constraints[member.name] = member.value }
        }
    }

    /// The schema of a property or, for lists, of an item.
    func child(_ name: String?) -> Schema? {
        let nodes = name == nil ? [constraints["items"]].compactMap { $0 } : properties.filter { $0.name == name }.map(\.schema)
        guard !nodes.isEmpty else { return nil }
        return Schema(.object([JSONMember(name: "allOf", value: .array(nodes))]), in: document)
    }

    func integer(_ constraint: String) -> Int? {
        if case .integer(let integer) = constraints[constraint] { integer } else { nil }
    }

    func text(_ constraint: String) -> String? {
        if case .string(let text) = constraints[constraint] { text } else { nil }
    }

    var choices: [String]? {
        guard case .array(let choices) = constraints["enum"] else { return nil }
        return choices.compactMap { if case .string(let text) = $0 { text } else { nil } }
    }
}

extension Path {
    /// The path of a reference such as `#/components/schemas/Device`.
    static func path(_ reference: String) -> Path {
        reference.split(separator: "/").dropFirst().map { .property(String($0)) }
    }
}
