public import QualityOnDemand

/// How a session is told in the older dialect, `/qod/v0`.
extension Session {
    /// How moments are written.
    public enum TimeNotation: Hashable, Sendable {
        /// Whole seconds since the Unix epoch, as the specification has it.
        case seconds
        /// As in the newer APIs, which is what Nokia's SDKs up to version 7 read.
        case rfc3339
    }

    /// Writes the session with all the device's identifiers.
    ///
    /// The dialect needs `startedAt` and `expiresAt` always. While a session is requested they are told as if it began
    /// when it was created. What else the dialect has no property for stands in `messages`.
    public func writeSessionInfoV0(to json: inout JSONWriter, times: TimeNotation) {
        json.object { json in
            json.write("device", subject.device) { $1.write(to: &$0) }
            writeApplicationServerV0(to: &json)
            json.write("devicePorts", flow.devicePorts) { $1.write(to: &$0) }
            json.write("applicationServerPorts", flow.applicationServerPorts) { $1.write(to: &$0) }
            json.write("qosProfile", profile.description)
            json.write("webhook", notification?.sink) { json, sink in
                json.object { $0.write("notificationUrl", sink) }
            }
            json.write("sessionId", id.description)
            json.write("duration", duration)
            Self.write("startedAt", startedAt ?? createdAt, times, to: &json)
            Self.write("expiresAt", expiresAt ?? createdAt.adding(seconds: duration), times, to: &json)
            json.write("qosStatus", status.rawValue)
            writeMessages(to: &json)
        }
    }

    private static func write(_ name: StaticString, _ time: Timestamp, _ notation: TimeNotation, to json: inout JSONWriter) {
        switch notation {
        case .seconds: json.write(name, Int(time.milliseconds / 1000))
        case .rfc3339: json.write(name, time)
        }
    }

    /// Of a list, which the dialect does not have, the first address of each IP version.
    private func writeApplicationServerV0(to json: inout JSONWriter) {
        let addresses = flow.applicationServer.addresses
        json.name("applicationServer")
        json.object { json in
            json.write("ipv4Address", addresses.first { $0.subnet.family == .ipv4 }?.description)
            json.write("ipv6Address", addresses.first { $0.subnet.family == .ipv6 }?.description)
        }
    }

    private func writeMessages(to json: inout JSONWriter) {
        let untold = flow.applicationServer.addresses.count - Set(flow.applicationServer.addresses.map(\.subnet.family)).count
        var messages: [String] = []
        if untold > 0 { messages.append("The session is for \(untold) more addresses of the service than can be told here.") }
        if let statusInfo { messages.append("The session is unavailable: \(statusInfo.rawValue).") }
        guard !messages.isEmpty else { return }
        json.name("messages")
        json.array(messages) { json, message in
            json.object { json in
                json.write("severity", "WARNING")
                json.write("description", message)
            }
        }
    }
}
