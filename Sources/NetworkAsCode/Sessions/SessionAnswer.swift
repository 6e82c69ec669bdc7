import CAMARA
import QualityOnDemand

/// Reads the sessions in providers' answers.
///
/// A session exists once the provider says so. The application must not lose the session because the provider spells a
/// detail differently. So optional details that cannot be read are left out, and words that the API lacks are kept.
enum SessionAnswer {
    static func one(_ node: JSONNode) throws(InvalidValue) -> ToldSession {
        var node = node
        while true {
            do { return try ToldSession(node) } catch {
                guard let milder = withoutDetail(at: error.path.first, node) else { throw error }
                node = milder
            }
        }
    }

    /// The content of a list of sessions.
    struct List: Sendable {
        var sessions: [ToldSession] = []
        /// The ids of all sessions, also of sessions with other properties that cannot be read.
        var ids: [String] = []
        /// Why some elements could not be read.
        var problems: [InvalidValue] = []
    }

    /// One unreadable element does not spoil the others.
    static func list(_ node: JSONNode) throws(InvalidValue) -> List {
        guard case .array(let items) = node.value else { throw InvalidValue("is not an array") }
        guard items.count <= largestList else { throw InvalidValue("has \(items.count) items; at most \(largestList) are allowed") }
        var list = List()
        for (index, item) in items.enumerated() {
            if let id = id(in: item) { list.ids.append(id) }
            do {
                list.sessions.append(try one(JSONNode(item, unknownProperties: node.unknownProperties)))
            } catch {
                list.problems.append(error.at(index: index))
            }
        }
        return list
    }

    private static let largestList = 100_000

    /// The id of the session in an object. The other properties may be unreadable.
    static func id(in value: JSONValue) -> String? {
        guard case .object(let members) = value, let id = members.text("sessionId"), (1...256).contains(id.utf8.count) else { return nil }
        return id
    }

    /// The object without the unreadable property, if the session can do without it. Each call removes one property.
    private static func withoutDetail(at element: InvalidValue.PathElement?, _ node: JSONNode) -> JSONNode? {
        guard case .property(let name)? = element, case .object(var members) = node.value,
            let index = members.firstIndex(where: { $0.name == name })
        else { return nil }
        switch name {
        case "device", "startedAt", "expiresAt", "statusInfo", "sink": break
        // Without its ports, a session would look like a session for all ports.
        case "devicePorts", "applicationServerPorts": guard isEmpty(members[index].value) else { return nil }
        default: return nil
        }
        members.remove(at: index)
        return JSONNode(.object(members), unknownProperties: node.unknownProperties)
    }

    /// Whether the ports have no lists, or only empty lists.
    private static func isEmpty(_ ports: JSONValue) -> Bool {
        guard case .object(let members) = ports else { return false }
        return members.allSatisfy { $0.value == .array([]) || $0.value == .null }
    }
}
