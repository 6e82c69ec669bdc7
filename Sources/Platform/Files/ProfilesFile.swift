import CAMARA
import QualityOnDemand
import SessionEngine
import Yams

/// A file of profiles, as YAML or JSON: a list of objects in the shape of the API's answers.
enum ProfilesFile {
    static func read(_ path: String) throws(SettingError) -> ProfileCatalogue {
        guard let root = try YAMLFile.read(path) else { throw SettingError("\(path): is empty; a list of profiles is needed") }
        let profiles: [QoSProfile]
        do {
            profiles = try QoSProfile.list(JSONNode(value(root), unknownProperties: .rejected))
        } catch {
            throw SettingError("\(path): \(error)")
        }
        guard !profiles.isEmpty else { throw SettingError("\(path): lists no profile; at least one is needed") }
        for (index, profile) in profiles.enumerated() where profiles[..<index].contains(where: { $0.name == profile.name }) {
            throw SettingError("\(path): [\(index)].name: \(profile.name) occurs twice in the list")
        }
        return ProfileCatalogue(profiles)
    }

    private static func value(_ node: Node) -> JSONValue {
        switch node {
        case .mapping(let mapping):
            .object(mapping.map { JSONMember(name: $0.key.string ?? "", value: value($0.value)) })
        case .sequence(let sequence):
            .array(sequence.map(value))
        default:
            scalar(node)
        }
    }

    private static func scalar(_ node: Node) -> JSONValue {
        if let integer = node.int { return .integer(integer) }
        if let number = node.float { return .number(number) }
        if let bool = node.bool { return .bool(bool) }
        if node.null != nil { return .null }
        return .string(node.string ?? "")
    }
}
