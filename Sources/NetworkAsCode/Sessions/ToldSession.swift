import CAMARA
import QualityOnDemand

/// A session as a provider describes it.
///
/// Status and reason keep the provider's words, because providers may have words that the API lacks.
struct ToldSession: Hashable, Sendable {
    var sessionID: String
    var device: QualityOnDemand.Device?
    var flow: Flow
    var qosProfile: String
    var sink: String?
    /// In seconds.
    var duration: Int
    var startedAt: Timestamp?
    var expiresAt: Timestamp?
    var status: QoDSession.Status
    var statusInfo: QoDSession.StatusInfo?

    /// - Throws: ``QualityOnDemand/InvalidValue`` with the path of the first property that cannot be read.
    init(_ node: JSONNode) throws(InvalidValue) {
        var words = OpenWords(node)
        let status = try words.take("qosStatus", standingFor: QoSStatus.requested.rawValue)
        let statusInfo = try words.take("statusInfo")
        let info = try SessionInfo(words.rest)
        sessionID = info.sessionID
        device = info.device
        flow = info.flow
        qosProfile = info.qosProfile
        sink = info.sink
        duration = info.duration
        startedAt = info.startedAt
        expiresAt = info.expiresAt
        self.status = QoDSession.Status(rawValue: status ?? "")
        self.statusInfo = statusInfo.map { QoDSession.StatusInfo(rawValue: $0) }
    }
}

/// Takes the words of enumerations out of an object. The API's rules know a fixed set of words
/// and can then read the rest.
struct OpenWords {
    private var members: [JSONMember]
    private let unknownProperties: JSONNode.UnknownProperties
    private let original: JSONNode

    init(_ node: JSONNode) {
        original = node
        unknownProperties = node.unknownProperties
        members = if case .object(let members) = node.value { members } else { [] }
    }

    /// The object without the words that were taken. A value that is not an object stays unchanged.
    var rest: JSONNode {
        guard case .object = original.value else { return original }
        return JSONNode(.object(members), unknownProperties: unknownProperties)
    }

    /// The word of the property `name`; `nil` if the property is missing or `null`.
    ///
    /// - Parameter known: A word of the API that replaces the word in ``rest``, for properties that the API requires.
    /// - Throws: if the value is not a text, or is longer than 256 bytes.
    mutating func take(_ name: String, standingFor known: String? = nil) throws(InvalidValue) -> String? {
        guard let index = members.firstIndex(where: { $0.name == name }), members[index].value != .null else { return nil }
        guard case .string(let word) = members[index].value, word.utf8.count <= 256 else {
            throw InvalidValue("is not a word").at(name)
        }
        if let known { members[index] = JSONMember(name: name, value: .string(known)) } else { members.remove(at: index) }
        return word
    }
}
