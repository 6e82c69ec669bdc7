/// The form of the log's records. Each record is one line.
public enum LogFormat: String, CaseIterable, Hashable, Sendable {
    /// For people: `2026-11-23T09:30:00.125Z info nac: Request status=201 …`.
    case text
    /// For machines: an object with `time`, `level`, `label`, `message`, and the fields of the record.
    case json
}
