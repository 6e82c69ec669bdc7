import ArgumentParser
import NetworkAsCode
import QualityOnDemand

/// The session that a command works on.
struct SessionArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The session's id, as nac session create and list show it. With a device, the beginning or the end of an id will do.",
            valueName: "session-id"))
    var id: String

    @OptionGroup(title: "The device, for a short id") var device: DeviceOptions

    func validate() throws {
        guard (1...256).contains(id.utf8.count), id.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), id != ".", id != ".." else {
            throw ValidationError("<session-id>: \"\(Excerpt.of(id))\" is not the id of a session, which is a UUID")
        }
    }

    /// The complete id. If a device is given, a short id is searched among the device's sessions.
    func id(of client: NetworkAsCodeClient, _ common: CommonOptions) async throws -> String {
        guard device.isGiven, id.utf8.count < 36 else { return id }
        let ids = try await device.device(of: client, common).sessions().map(\.id)
        if ids.contains(id) { return id }
        let short = id.lowercased()
        let matches = ids.filter { $0.lowercased().hasPrefix(short) || $0.lowercased().hasSuffix(short) }
        switch matches.count {
        case 1: return matches[0]
        case 0: throw UnknownSession(description: "no session of the device has an id that begins or ends with \(id)")
        default: throw ValidationError("<session-id>: \"\(id)\" matches \(matches.count) sessions: \(matches.prefix(5).joined(separator: ", "))")
        }
    }
}

/// The short id matches no session of the device.
struct UnknownSession: Error, CustomStringConvertible {
    let description: String
}
