import CAMARA
import QualityOnDemand

/// Reads the profiles in providers' answers. Words that the API lacks are kept, and unreadable details are left out.
enum ProfileAnswer {
    static func one(_ node: JSONNode) throws(InvalidValue) -> QoSProfile {
        var words = OpenWords(node)
        let status = try words.take("status", standingFor: QualityOnDemand.QoSProfile.Status.active.rawValue)
        let (queue, serviceClass) = (try words.take("l4sQueueType"), try words.take("serviceClass"))
        var profile = QoSProfile(try withoutOddDetails(words.rest))
        profile.status = QoSProfile.Status(rawValue: status ?? "")
        profile.l4sQueueType = queue
        profile.serviceClass = serviceClass
        return profile
    }

    /// One unreadable element does not spoil the others.
    static func list(_ node: JSONNode) throws(InvalidValue) -> (profiles: [QoSProfile], problems: [InvalidValue]) {
        guard case .array(let items) = node.value else { throw InvalidValue("is not an array") }
        guard items.count <= 10_000 else { throw InvalidValue("has \(items.count) items; at most 10000 are allowed") }
        var (profiles, problems): ([QoSProfile], [InvalidValue]) = ([], [])
        for (index, item) in items.enumerated() {
            do {
                profiles.append(try one(JSONNode(item, unknownProperties: node.unknownProperties)))
            } catch {
                problems.append(error.at(index: index))
            }
        }
        if profiles.isEmpty, let problem = problems.first { throw problem }
        return (profiles, problems)
    }

    /// Reads a profile. Each round leaves out one optional property that cannot be read.
    private static func withoutOddDetails(_ node: JSONNode) throws(InvalidValue) -> QualityOnDemand.QoSProfile {
        var node = node
        while true {
            do { return try QualityOnDemand.QoSProfile(node) } catch {
                guard case .property(let name)? = error.path.first, name != "name", case .object(var members) = node.value,
                    let index = members.firstIndex(where: { $0.name == name })
                else { throw error }
                members.remove(at: index)
                node = JSONNode(.object(members), unknownProperties: node.unknownProperties)
            }
        }
    }
}
