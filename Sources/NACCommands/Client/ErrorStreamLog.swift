import CAMARA
import Logging

/// Shows the SDK's log as the tool's own lines on standard error.
struct ErrorStreamLog: LogHandler {
    let stream: TextStream
    let format: OutputFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    init(stream: TextStream, format: OutputFormat = .table, logLevel: Logger.Level) {
        self.stream = stream
        self.format = format
        self.logLevel = logLevel
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        guard format == .table else { return log(event, all) }
        let details = all.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let line = "nac: \(event.level): \(event.message)\(details.isEmpty ? "" : " (\(details))")"
        // If this write fails, no other stream is left to report the failure on.
        try? stream.write(TextWidth.printable(line) + "\n")
    }

    /// Writes a record as one line of JSON for programs.
    private func log(_ event: LogEvent, _ metadata: Logger.Metadata) {
        let document = JSONWriter.document { json in
            json.object { json in
                json.write("level", event.level.rawValue)
                json.write("message", "\(event.message)")
                for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
                    json.name(text: name)
                    json.string("\(value)")
                }
            }
        }
        try? stream.write(String(decoding: document, as: UTF8.self) + "\n")
    }
}
