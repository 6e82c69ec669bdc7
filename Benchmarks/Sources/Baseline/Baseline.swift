import Foundation
import Hummingbird
import Logging

/// Two servers for a comparison with creations: one answers `hello`, the other decodes and encodes a creation with
/// Foundation's JSON coding and stores nothing. The program is also a sink that accepts every event.
@main
struct Baseline {
    static func main() async throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 9290
        let router = Router()
        router.get("hello") { _, _ in "hello" }
        router.post("sessions") { request, context -> Info in
            let body = try await request.decode(as: Creation.self, context: context)
            return Info(
                device: body.device, applicationServer: body.applicationServer, qosProfile: body.qosProfile, sessionId: UUID(),
                duration: body.duration, startedAt: Date(), expiresAt: Date(timeIntervalSinceNow: Double(body.duration)), qosStatus: "AVAILABLE")
        }
        router.post("sink") { request, _ in
            _ = try await request.body.collect(upTo: 65_536)
            return HTTPResponse.Status.noContent
        }
        var logger = Logger(label: "baseline")
        logger.logLevel = .error
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger)
        try await application.runService()
    }
}

struct Device: Codable {
    var phoneNumber: String?
}

struct Server: Codable {
    var ipv4Address: String?
}

struct Creation: Decodable {
    var device: Device
    var applicationServer: Server
    var qosProfile: String
    var duration: Int
}

struct Info: ResponseEncodable, Encodable {
    var device: Device
    var applicationServer: Server
    var qosProfile: String
    var sessionId: UUID
    var duration: Int
    var startedAt: Date
    var expiresAt: Date
    var qosStatus: String
}
