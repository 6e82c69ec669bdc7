import CAMARA

/// Reads the part of YAML that CAMARA's specifications use: maps and lists by indentation, plain and quoted scalars,
/// and block scalars. The reader skips the text of block scalars, because no test needs it.
struct YAMLReader {
    private struct Line {
        let indent: Int
        let text: Substring
    }

    private let lines: [Line]
    private var position = 0

    static func read(_ text: String) -> JSONValue {
        var reader = YAMLReader(text)
        return reader.block(at: 0)
    }

    private init(_ text: String) {
        lines = text.split(whereSeparator: \.isNewline).compactMap { line in
            let text = line.drop { $0 == " " }
            if text.isEmpty || text.hasPrefix("#") || text == "---" { return nil }
            return Line(indent: line.count - text.count, text: text)
        }
    }

    private mutating func block(at indent: Int) -> JSONValue {
        guard position < lines.count else { return .null }
        return lines[position].text.hasPrefix("- ") ? list(at: indent) : map(at: indent, first: nil)
    }

    private mutating func list(at indent: Int) -> JSONValue {
        var elements: [JSONValue] = []
        while position < lines.count, lines[position].indent == indent, lines[position].text.hasPrefix("- ") {
            let item = lines[position].text.dropFirst(2)
            if Self.pair(item) != nil {
                elements.append(map(at: indent + 2, first: item))
            } else {
                position += 1
                elements.append(Self.scalar(item))
                skipDeeper(than: indent)
            }
        }
        return .array(elements)
    }

    /// - Parameter first: The rest of a list item's line, which is the map's first line.
    private mutating func map(at indent: Int, first: Substring?) -> JSONValue {
        var members: [JSONMember] = []
        var pending = first
        while position < lines.count {
            if pending == nil, lines[position].indent != indent { break }
            guard let (name, rest) = Self.pair(pending ?? lines[position].text) else { break }
            pending = nil
            position += 1
            members.append(JSONMember(name: name, value: value(rest, under: indent)))
        }
        return .object(members)
    }

    private mutating func value(_ rest: Substring, under indent: Int) -> JSONValue {
        guard rest.isEmpty else {
            skipDeeper(than: indent)
            return rest.hasPrefix("|") || rest.hasPrefix(">") ? .null : Self.scalar(rest)
        }
        guard position < lines.count else { return .null }
        let next = lines[position]
        // A list can have the same indentation as its name.
        guard next.indent > indent || (next.indent == indent && next.text.hasPrefix("- ")) else { return .null }
        return block(at: next.indent)
    }

    private mutating func skipDeeper(than indent: Int) {
        while position < lines.count, lines[position].indent > indent { position += 1 }
    }

    /// A name and the text behind its colon.
    private static func pair(_ text: Substring) -> (String, Substring)? {
        if let quote = text.first, quote == "'" || quote == "\"" {
            guard let end = text.dropFirst().firstIndex(of: quote) else { return nil }
            let rest = text[text.index(after: end)...]
            return rest.hasPrefix(":") ? (String(text[text.index(after: text.startIndex)..<end]), rest.dropFirst().drop { $0 == " " }) : nil
        }
        if text.hasSuffix(":") { return (String(text.dropLast()), "") }
        guard let range = text.firstRange(of: ": ") else { return nil }
        return (String(text[..<range.lowerBound]), text[range.upperBound...].drop { $0 == " " })
    }

    private static func scalar(_ text: Substring) -> JSONValue {
        if let quote = text.first, quote == "'" || quote == "\"", text.count > 1, text.last == quote {
            return .string(String(text.dropFirst().dropLast()))
        }
        if let integer = Int(text) { return .integer(integer) }
        switch text {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "[]": return .array([])
        case "{}": return .object([])
        default: return .string(String(text))
        }
    }
}
