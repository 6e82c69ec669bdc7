import CAMARA
import QualityOnDemand

/// Reads the sessions that providers answer with.
///
/// A session exists once the provider says so; it must not be lost to the application because the provider spells a detail
/// in its own way. So a device that is not told as the API wants is left out, since the application knows it anyway,
/// and so are ports that are empty lists.
enum SessionAnswer {
    static func one(_ node: JSONNode) throws(InvalidValue) -> SessionInfo {
        var node = node
        while true {
            do { return try SessionInfo(node) } catch {
                guard let milder = withoutDetail(at: error.path.first, node) else { throw error }
                node = milder
            }
        }
    }

    static func list(_ node: JSONNode) throws(InvalidValue) -> [SessionInfo] {
        guard case .array(let items) = node.value else { return try SessionInfo.list(node) }
        var sessions: [SessionInfo] = []
        for (index, item) in items.enumerated() {
            do {
                sessions.append(try one(JSONNode(item, unknownProperties: node.unknownProperties)))
            } catch {
                throw error.at(index: index)
            }
        }
        return sessions
    }

    /// The same without the property that could not be read, where it can be done without; each call removes one.
    private static func withoutDetail(at element: InvalidValue.PathElement?, _ node: JSONNode) -> JSONNode? {
        guard case .property(let name)? = element, case .object(var members) = node.value,
            let index = members.firstIndex(where: { $0.name == name })
        else { return nil }
        switch name {
        case "device": break
        case "devicePorts", "applicationServerPorts": guard isEmpty(members[index].value) else { return nil }
        default: return nil
        }
        members.remove(at: index)
        return JSONNode(.object(members), unknownProperties: node.unknownProperties)
    }

    /// Whether the ports are no lists or empty ones.
    private static func isEmpty(_ ports: JSONValue) -> Bool {
        guard case .object(let members) = ports else { return false }
        return members.allSatisfy { $0.value == .array([]) || $0.value == .null }
    }
}
