import Logging

/// Shows the SDK's log as the tool's own lines on standard error.
struct ErrorStreamLog: LogHandler {
    let stream: TextStream
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    init(stream: TextStream, logLevel: Logger.Level) {
        self.stream = stream
        self.logLevel = logLevel
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let details = all.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let line = "nac: \(event.level): \(event.message)\(details.isEmpty ? "" : " (\(details))")"
        // There is nowhere left to complain to.
        try? stream.write(TextWidth.printable(line) + "\n")
    }
}
