import QualityOnDemand

/// The paths of the API's sessions under the server's address.
enum SessionPath {
    static let root = "/quality-on-demand/v1"
    static let all = root + "/sessions"
    static let byDevice = root + "/retrieve-sessions"

    /// The path of one session. The id is encoded, so that it cannot lead to another path.
    static func one(_ id: String, _ rest: String = "") throws(NetworkAsCodeError) -> String {
        guard (1...256).contains(id.utf8.count), id != ".", id != ".." else {
            throw NetworkAsCodeError(InvalidValue("\"\(Excerpt.of(id))\" is not the id of a session, such as a UUID").at("id"))
        }
        return all + "/" + PercentEncoding.encode(id) + rest
    }

    /// The path of the information about a session that this project's platform offers beside the API.
    static func insights(_ id: String, _ rest: String = "") throws(NetworkAsCodeError) -> String {
        "/insights/v1/sessions" + (try one(id, rest)).dropFirst(all.count)
    }
}
