package import CAMARA
import QualityOnDemand

extension NetworkAsCodeClient {
    /// The answer of an API that is not part of the SDK, such as the sandbox's, for the other
    /// products of this package.
    ///
    /// - Parameter path: The path under the server's address. It begins with a slash, is
    ///   encoded, and may have a query.
    package func document(_ method: String, _ path: String) async throws(NetworkAsCodeError) -> JSONValue {
        try await core.value(try core.call(method, path)) { node throws(InvalidValue) in node.value }
    }

    /// Information about a session that this project's platform offers beside the API.
    package func insights(of id: String) async throws(NetworkAsCodeError) -> JSONValue {
        try await document("GET", try SessionPath.insights(id))
    }
}
