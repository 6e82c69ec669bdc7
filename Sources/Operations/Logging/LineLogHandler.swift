public import Logging
public import QualityOnDemand

/// Writes each record as one line, whether or not the record contains line breaks.
public struct LineLogHandler: LogHandler {
    let label: String
    let format: LogFormat
    let writer: LogWriter
    let now: @Sendable () -> Timestamp
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level = .info
    public var metadataProvider: Logger.MetadataProvider?

    /// - Parameter now: the time of a record.
    public init(label: String, format: LogFormat, writer: LogWriter, now: @escaping @Sendable () -> Timestamp) {
        self.label = label
        self.format = format
        self.writer = writer
        self.now = now
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var fields = event.metadata ?? [:]
        if !metadata.isEmpty { fields.merge(metadata) { own, _ in own } }
        if let provided = metadataProvider?.get() { fields.merge(provided) { own, _ in own } }
        if let error = event.error, fields["error"] == nil { fields["error"] = "\(error)" }
        let line = LogLine(time: now(), level: event.level, label: label, message: "\(event.message)", fields: fields)
        writer.write(line.bytes(format))
    }
}

extension LogWriter {
    /// A writer to standard error. In the log's own form, it reports how many lines it dropped.
    public static func standardError(_ format: LogFormat, label: String, now: @escaping @Sendable () -> Timestamp) -> LogWriter {
        LogWriter(droppedLine: { count in
            LogLine(
                time: now(), level: .warning, label: label, message: "Lines of the log were dropped: they came faster than they could be written",
                fields: ["lines": .stringConvertible(count)]
            ).bytes(format)
        })
    }
}
