import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NetworkAsCode

/// A sink for notifications: prints each change of a session's status.
///
/// Environment: `SINK_TOKEN`, the token that sessions are created with; `PORT`, 8080 by default.
@main
struct NotificationReceiver {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let token = environment["SINK_TOKEN"] else {
            say("SINK_TOKEN is missing: the token that sessions are created with")
            exit(64)
        }
        let port = environment["PORT"].flatMap(Int.init) ?? 8080
        let seen = SeenEvents()
        let router = Router()
        router.post("events") { request, _ in
            let body = try await request.body.collect(upTo: NotificationParser.maximumBodySize)
            let fields = HeaderFields(request.headers.map { ($0.name.rawName, $0.value) })
            do throws(NetworkAsCodeError) {
                let event = try NotificationParser.parse(body: body.readableBytesView, headers: fields, expectedToken: token)
                if await seen.insert(event.id) {
                    say("\(event.time) session \(event.sessionID): \(event.status) \(event.statusInfo?.rawValue ?? "")")
                }
                return Response(status: .noContent)
            } catch {
                say("refused: \(error.message)")
                return Response(status: .init(code: error.httpStatus ?? 400))
            }
        }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in say("listening on port \(channel.localAddress?.port ?? port)") })
        try await application.runService()
    }

    /// Writes a line at once, also into a pipe.
    static func say(_ line: String) {
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }
}

/// An event may come more than once; its id tells. The last thousand are remembered.
actor SeenEvents {
    private var ids: [String] = []

    /// Whether the event is new.
    func insert(_ id: String) -> Bool {
        guard !ids.contains(id) else { return false }
        ids.append(id)
        if ids.count > 1000 { ids.removeFirst() }
        return true
    }
}
