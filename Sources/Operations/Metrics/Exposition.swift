/// Writes Prometheus' text format, version 0.0.4.
struct ExpositionWriter {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var bytes: [UInt8] = []

    /// Writes the lines above the samples of a name.
    mutating func begin(_ name: String, _ kind: SeriesKind, help: String?) {
        if let help { line("# HELP \(name) \(Self.escaped(help, quotes: false))") }
        line("# TYPE \(name) \(kind.rawValue)")
    }

    /// - Parameter bound: the upper end of a histogram's range, for the label `le`.
    mutating func sample(_ name: String, _ labels: SeriesLabels, _ value: Int64, bound: Double? = nil) {
        sample(name, labels, "\(value)", bound: bound)
    }

    mutating func sample(_ name: String, _ labels: SeriesLabels, _ value: Double) {
        sample(name, labels, Self.number(value), bound: nil)
    }

    private mutating func sample(_ name: String, _ labels: SeriesLabels, _ value: String, bound: Double?) {
        var pairs = labels.pairs.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
        if let bound { pairs.append("le=\"\(Self.number(bound))\"") }
        line(pairs.isEmpty ? "\(name) \(value)" : "\(name){\(pairs.joined(separator: ","))} \(value)")
    }

    private mutating func line(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\n"))
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }

    /// Escapes backslashes and line ends, and also quotes in labels.
    static func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\"") }) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

/// A series' labels, in the order of their names.
struct SeriesLabels: Hashable, Comparable, Sendable {
    struct Pair: Hashable, Sendable {
        let name: String
        let value: String
    }

    let pairs: [Pair]

    init(_ dimensions: [(String, String)]) {
        pairs = dimensions.map { Pair(name: MetricName.valid($0.0, colons: false), value: $0.1) }.sorted { $0.name < $1.name }
    }

    static func < (a: SeriesLabels, b: SeriesLabels) -> Bool {
        for (a, b) in zip(a.pairs, b.pairs) where a != b { return a.name != b.name ? a.name < b.name : a.value < b.value }
        return a.pairs.count < b.pairs.count
    }
}

/// Names in the form that Prometheus accepts.
enum MetricName {
    /// The name with `_` in place of each forbidden character.
    static func valid(_ name: String, colons: Bool = true) -> String {
        func isAllowed(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
            case UInt8(ascii: ":"): colons
            default: false
            }
        }
        let beginsWithDigit = name.utf8.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? true
        if !beginsWithDigit, name.utf8.allSatisfy(isAllowed) { return name }
        let rest = name.unicodeScalars.map { $0.isASCII && isAllowed(UInt8($0.value)) ? String($0) : "_" }.joined()
        return beginsWithDigit ? "_" + rest : rest
    }
}
