import CAMARA
import NetworkAsCode
import QualityOnDemand

/// The words in which `nac session watch` tells of a session.
enum WatchLine {
    /// The line that is drawn again each second, cut to the terminal.
    static func text(_ session: QoDSession, on page: Page) -> String {
        var rest = ""
        if session.status == .available, let expires = session.expires {
            // What is begun counts: "0:00" is when it is over.
            let milliseconds = expires.milliseconds - page.now.milliseconds
            rest += "  \(TimeText.countdown(Int((milliseconds + 999) / 1000))) left"
        }
        rest += "  \(session.profile.rawValue) to \(session.service)  \(session.id)"
        let status = session.statusCell
        let room = page.width.map { max($0 - 1 - TextWidth.of(status.text), 0) }
        rest = TextWidth.printable(rest)
        return status.tone.apply(to: status.text, on: page) + (room.map { TextWidth.cut(rest, to: $0) } ?? rest)
    }

    /// The last word on a session: what it says itself, or, where the platform knows it no more, what that means.
    static func end(of session: QoDSession, now: Timestamp) -> String {
        let name = "session \(session.id)"
        if session.status == .unavailable { return "\(name) is over: \(session.statusInfo?.rawValue ?? session.status.rawValue)" }
        // A session that the network ended can be read for a while; only expiry and deletion make it vanish.
        let isExpired = session.expires.map { $0 <= now } ?? false
        return "\(name) is over: \(isExpired ? "its time was up" : "it was deleted")"
    }
}

/// One change, as a line of a log.
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
