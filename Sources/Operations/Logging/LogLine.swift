import CAMARA
import Logging
import QualityOnDemand

/// The form of the log's records. Each record is one line.
public enum LogFormat: String, CaseIterable, Hashable, Sendable {
    /// For people: `2026-11-23T09:30:00.125Z info nac: Request status=201 …`.
    case text
    /// For machines: an object with `time`, `level`, `label`, `message`, and the fields of the record.
    case json
}

/// A record of the log, as one line.
struct LogLine {
    let time: Timestamp
    let level: Logger.Level
    let label: String
    let message: String
    let fields: Logger.Metadata

    /// The bytes of the line, with its line break.
    func bytes(_ format: LogFormat) -> [UInt8] {
        var line = format == .json ? json : Array(text.utf8)
        line.append(UInt8(ascii: "\n"))
        return line
    }

    // MARK: JSON

    /// Names that fields must not have. A field with such a name gets the prefix `metadata_`.
    private static let ownNames: Set<String> = ["time", "level", "label", "message"]

    private var json: [UInt8] {
        JSONWriter.document { json in
            json.object { json in
                json.write("time", time)
                json.write("level", level.rawValue)
                json.write("label", label)
                json.write("message", message)
                for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
                    json.name(text: Self.ownNames.contains(name) ? "metadata_\(name)" : name)
                    Self.write(value, to: &json)
                }
            }
        }
    }

    private static func write(_ value: Logger.MetadataValue, to json: inout JSONWriter) {
        switch value {
        case .string(let text): json.string(text)
        case .stringConvertible(let number as Int): json.integer(number)
        case .stringConvertible(let number as Double) where number.isFinite: json.number(number)
        case .stringConvertible(let other): json.string("\(other)")
        case .array(let elements): json.array(elements) { write($1, to: &$0) }
        case .dictionary(let members):
            json.object { json in
                for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                    json.name(text: name)
                    write(value, to: &json)
                }
            }
        }
    }

    // MARK: Text

    private var text: String {
        var line = "\(time) \(level.rawValue) \(label): \(Self.escaped(message))"
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { line += " \(Self.escaped(name))=\(Self.quoted("\(value)"))" }
        return line
    }

    /// The value unchanged if it is one word of visible ASCII characters, otherwise in quotes.
    private static func quoted(_ value: String) -> String {
        let isWord = !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        return isWord ? value : "\"\(escaped(value, quotes: true))\""
    }

    /// The text with escapes for characters that would end the line or control a terminal.
    private static func escaped(_ text: String, quotes: Bool = false) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .format: escaped += scalar.escaped(asASCII: true)
            default:
                if quotes, scalar == "\"" || scalar == "\\" { escaped += "\\" }
                escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
