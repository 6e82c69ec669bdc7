import CAMARA
import NetworkAsCode
import QualityOnDemand

/// All properties of one session.
struct SessionDetails: Answer {
    let session: QoDSession
    /// Why the network refused or ended the session, if the platform says so.
    var reason: String?

    init(session: QoDSession, reason: String? = nil) {
        self.session = session
        self.reason = reason
    }

    /// The session with the reason of its end. The client asks the platform for the reason separately.
    init(session: QoDSession, of client: NetworkAsCodeClient) async {
        let isEnded = session.status == .unavailable
        self.init(session: session, reason: isEnded ? await client.sessions.networkReason(of: session.id) : nil)
    }

    func text(on page: Page) -> String {
        let session = session
        return Fields([
            ("Session", Cell(session.id)),
            ("Status", session.statusCell),
            ("Reason", reason.map { Cell($0) }),
            ("Profile", Cell(session.profile.rawValue)),
            ("Device", session.device.map { Cell(DeviceText.line($0) ?? "the token's") }),
            ("Device ports", session.devicePorts.map { Cell(PortsOption.text($0)) }),
            ("Service", Cell(session.service.description)),
            ("Service ports", session.servicePorts.map { Cell(PortsOption.text($0)) }),
            ("Duration", Cell(TimeText.exact(session.duration))),
            ("Started", session.started.map { Self.time($0, page) }),
            (session.status == .unavailable ? "Ended" : "Ends", session.expires.map { Self.time($0, page) }),
            ("Sink", session.sink.map { Cell($0) }),
        ]).text(on: page)
    }

    func write(to json: inout JSONWriter) {
        json.session(session, reason: reason)
    }

    private static func time(_ time: Timestamp, _ page: Page) -> Cell {
        "\(TimeText.relative(time, to: page.now)) (\(time.description))"
    }
}

/// A device's sessions.
struct SessionList: Answer {
    let sessions: [QoDSession]

    var note: String? { sessions.isEmpty ? "no sessions" : nil }

    /// The API has no pages, and one answer has at most 100 sessions (CAMARA, RetrieveSessionsOutput).
    var warning: String? {
        sessions.count < 100 ? nil : "one answer lists at most \(sessions.count) sessions; there may be more"
    }

    func text(on page: Page) -> String {
        guard !sessions.isEmpty else { return "" }
        let columns = [
            Table.Column("SESSION"), .init("STATUS"), .init("ENDS"), .init("PROFILE", least: 8), .init("SERVICE", least: 8),
        ]
        let rows = sessions.map { session in
            [
                Cell(session.id), session.statusCell, session.expires.map { Cell(TimeText.relative($0, to: page.now)) } ?? .none,
                Cell(session.profile.rawValue),
                Cell(session.service.description + (session.servicePorts.map { " ports \(PortsOption.text($0))" } ?? "")),
            ]
        }
        return Table(columns: columns, rows: rows).text(on: page)
    }

    func write(to json: inout JSONWriter) {
        json.array(sessions) { $0.session($1) }
    }
}

/// A deleted session.
struct DeletedSession: Answer {
    let id: String

    func text(on page: Page) -> String { "session \(TextWidth.printable(id)) deleted" }

    func write(to json: inout JSONWriter) {
        json.object { $0.write("sessionId", id) }
    }
}

/// The sessions that `nac session clear` deleted.
struct ClearedSessions: Answer {
    let ids: [String]

    var note: String? { ids.isEmpty ? "no sessions" : nil }

    func text(on page: Page) -> String {
        ids.map { DeletedSession(id: $0).text(on: page) }.joined(separator: "\n")
    }

    func write(to json: inout JSONWriter) {
        json.array(ids) { DeletedSession(id: $1).write(to: &$0) }
    }
}
