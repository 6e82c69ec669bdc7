import Yams

/// Reads YAML. Errors name the place of the mistake and repeat nothing of the text, which may contain keys.
enum YAMLFile {
    /// The root of a file; `nil` if the file is empty.
    ///
    /// - Throws: ``SettingError`` that begins with the path.
    static func read(_ path: String) throws(SettingError) -> Node? {
        let text = try TextFile.read(path)
        do { return try compose(text) } catch { throw SettingError("\(path): \(error)") }
    }

    /// The root of a text; `nil` if the text is empty.
    static func compose(_ text: String) throws(SettingError) -> Node? {
        do { return try Yams.compose(yaml: text) } catch { throw SettingError("is not YAML: \(problem(error))") }
    }

    private static func problem(_ error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            "line \(mark.line), column \(mark.column): \(problem)"
        case .reader(let problem, _, _, _): problem
        case .duplicatedKeysInMapping(_, let context): "line \(context.mark.line): a key occurs twice in this mapping"
        default: "it cannot be read"
        }
    }
}
