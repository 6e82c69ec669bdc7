import CAMARA
import QualityOnDemand

typealias Path = [InvalidValue.PathElement]

/// Small changes to documents, so that tests see the result of reading them.
extension JSONValue {
    /// The value at a path.
    subscript(path: Path) -> JSONValue? {
        guard let step = path.first else { return self }
        let rest = Array(path.dropFirst())
        switch (self, step) {
        case (.object(let members), .property(let name)): return members.first { $0.name == name }?.value[rest]
        case (.array(let elements), .index(let index)) where elements.indices.contains(index): return elements[index][rest]
        default: return nil
        }
    }

    subscript(name: String) -> JSONValue? { self[[.property(name)]] }

    /// The same document with `value` at a path. A missing property is added; `nil` removes a property.
    func setting(_ path: Path, to value: JSONValue?) -> JSONValue {
        guard let step = path.first else { return value ?? .null }
        let rest = Array(path.dropFirst())
        switch (self, step) {
        case (.object(var members), .property(let name)):
            let index = members.firstIndex { $0.name == name }
            guard !rest.isEmpty || value != nil else {
                if let index { members.remove(at: index) }
                return .object(members)
            }
            let member = JSONMember(name: name, value: (index.map { members[$0].value } ?? .object([])).setting(rest, to: value))
            if let index { members[index] = member } else { members.append(member) }
            return .object(members)
        case (.array(var elements), .index(let index)):
            elements[index] = elements[index].setting(rest, to: value)
            return .array(elements)
        default:
            return self
        }
    }

    /// The same, with a path such as `devicePorts.ranges[0].from`.
    func setting(_ path: String, to value: JSONValue?) -> JSONValue {
        setting(Self.path(path), to: value)
    }

    /// Reads the notation of error messages.
    static func path(_ text: String) -> Path {
        text.split(whereSeparator: { ".[".contains($0) }).map { step in
            step.last == "]" ? .index(Int(step.dropLast())!) : .property(String(step))
        }
    }

    /// The paths of all values in the document; the first is the document's own.
    var paths: [Path] {
        switch self {
        case .object(let members): [[]] + members.flatMap { member in member.value.paths.map { [.property(member.name)] + $0 } }
        case .array(let elements): [[]] + elements.enumerated().flatMap { index, element in element.paths.map { [.index(index)] + $0 } }
        default: [[]]
        }
    }

    var isObject: Bool {
        if case .object = self { true } else { false }
    }
}

extension Path {
    /// The path in the notation of error messages.
    var text: String {
        var error = InvalidValue("")
        for step in reversed() {
            switch step {
            case .property(let name): error = error.at(name)
            case .index(let index): error = error.at(index: index)
            }
        }
        return error.pathDescription
    }
}
