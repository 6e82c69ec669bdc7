import Foundation

/// Prometheus' text format, with a parser as strict as Prometheus' own.
struct Exposition {
    struct Sample: Hashable {
        var name: String
        var labels: [String: String]
    }

    struct Malformed: Error {
        let line: String
    }

    private(set) var help: [String: String] = [:]
    private(set) var types: [String: String] = [:]
    private(set) var values: [Sample: Double] = [:]
    /// The samples in the order of the text.
    private(set) var order: [Sample] = []

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Malformed(line: "the last line has no end") }
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
            if line.hasPrefix("# HELP "), words.count == 4, help[words[2]] == nil {
                help[words[2]] = words[3]
            } else if line.hasPrefix("# TYPE "), words.count == 4, types[words[2]] == nil {
                types[words[2]] = words[3]
            } else {
                try read(String(line))
            }
        }
    }

    subscript(name: String, labels: [String: String]) -> Double? { values[Sample(name: name, labels: labels)] }
    subscript(name: String) -> Double? { self[name, [:]] }

    private mutating func read(_ line: String) throws {
        var rest = Substring(line)
        let name = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == ":" })
        rest = rest.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.hasPrefix("{") {
            rest = rest.dropFirst()
            while !rest.hasPrefix("}") {
                guard let equals = rest.firstIndex(of: "="), rest[equals...].hasPrefix("=\"") else { throw Malformed(line: line) }
                let label = String(rest[..<equals])
                rest = rest[equals...].dropFirst(2)
                labels[label] = try Self.value(&rest, line)
                if rest.hasPrefix(",") { rest = rest.dropFirst() }
            }
            rest = rest.dropFirst()
        }
        let sample = Sample(name: name, labels: labels)
        let family = ["_bucket", "_sum", "_count"].lazy.filter { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) }.first ?? name
        guard !name.isEmpty, rest.hasPrefix(" "), let value = Double(rest.dropFirst() == "+Inf" ? "inf" : String(rest.dropFirst())),
            values[sample] == nil, types[name] != nil || types[family] == "histogram"
        else { throw Malformed(line: line) }
        values[sample] = value
        order.append(sample)
    }

    private static func value(_ rest: inout Substring, _ line: String) throws -> String {
        var value = ""
        while let character = rest.popFirst() {
            if character == "\"" { return value }
            guard character == "\\" else {
                value.append(character)
                continue
            }
            switch rest.popFirst() {
            case "n": value.append("\n")
            case "\\": value.append("\\")
            case "\"": value.append("\"")
            default: throw Malformed(line: line)
            }
        }
        throw Malformed(line: line)
    }
}
