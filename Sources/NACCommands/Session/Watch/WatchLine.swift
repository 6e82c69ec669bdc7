import CAMARA
import NetworkAsCode
import QualityOnDemand

/// The texts that `nac session watch` shows about a session.
enum WatchLine {
    /// The line that is drawn again each second, cut to the width of the terminal.
    static func text(_ session: QoDSession, on page: Page) -> String {
        var rest = ""
        if session.status == .available, let expires = session.expires {
            // A second that has begun counts as a whole one, so that the countdown shows "0:00" only at the end.
            let milliseconds = expires.milliseconds - page.now.milliseconds
            rest += "  \(TimeText.countdown(Int((milliseconds + 999) / 1000))) left"
        }
        rest += "  \(session.profile.rawValue) to \(session.service)  \(session.id)"
        let status = session.statusCell
        let room = page.width.map { max($0 - 1 - TextWidth.of(status.text), 0) }
        rest = TextWidth.printable(rest)
        return status.tone.apply(to: status.text, on: page) + (room.map { TextWidth.cut(rest, to: $0) } ?? rest)
    }

    /// The last line about a session: the reason of its end.
    static func end(of session: QoDSession) -> String {
        let reason =
            switch session.statusInfo {
            case .durationExpired?: "its time was up"
            case .networkTerminated?: "the network ended it"
            case .deleteRequested?: "it was deleted"
            default: session.statusInfo?.rawValue ?? session.status.rawValue
            }
        return "session \(session.id) ended: \(reason)"
    }
}

/// One change of a session, as a line of a log.
struct SessionChange: Answer {
    let session: QoDSession

    func text(on page: Page) -> String {
        let end = session.expires.map { session.status == .available ? " until \($0)" : "" } ?? ""
        return TextWidth.printable("\(page.now) \(session.statusText)\(end)")
    }

    func write(to json: inout JSONWriter) {
        json.session(session)
    }
}
