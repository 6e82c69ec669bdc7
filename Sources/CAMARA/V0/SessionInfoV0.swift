public import QualityOnDemand

/// The form of a session in the older dialect, `/qod/v0`.
extension Session {
    /// The notation of moments.
    public enum TimeNotation: Hashable, Sendable {
        /// Whole seconds since the Unix epoch, as the specification has it.
        case seconds
        /// As in the newer APIs. Nokia's SDKs up to version 7 read this notation.
        case rfc3339
    }

    /// Writes the session with all the device's identifiers.
    ///
    /// The dialect always needs `startedAt` and `expiresAt`. While a session is requested, both are written as if the
    /// session began at its creation. `messages` contains facts for which the dialect has no property.
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

    /// Writes the service. The dialect has no list of addresses, so only the first address of
    /// each IP version is written.
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
        if untold > 0 { messages.append("The session has \(untold) more addresses of the service, which this version of the API cannot show.") }
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
