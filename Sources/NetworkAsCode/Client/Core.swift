import CAMARA
import QualityOnDemand

/// The common parts of a client's values: they address requests, authorise them, and turn
/// answers into values or errors.
final class Core: Sendable {
    let server: NetworkAsCodeClient.Server
    let exchange: Exchange
    private let authenticator: Authenticator

    init(server: NetworkAsCodeClient.Server, exchange: Exchange, authenticator: Authenticator) {
        self.server = server
        self.exchange = exchange
        self.authenticator = authenticator
    }

    var time: TimeSource { exchange.time }

    /// A call to `path` of the server, with the document that `body` writes.
    func call(_ method: String, _ path: String, body: ((inout JSONWriter) -> Void)? = nil) throws(NetworkAsCodeError) -> Call {
        do {
            let url = try Endpoint.url(server.url, path)
            return Call(method: method, url: url, body: body.map(JSONWriter.document))
        } catch {
            throw NetworkAsCodeError(error.at("server"))
        }
    }

    /// Sends a call and reads the document in the answer.
    func value<Value>(
        _ call: Call, _ read: (JSONNode) throws(InvalidValue) -> Value
    ) async throws(NetworkAsCodeError) -> Value {
        let answer = try await exchange.send(call, authenticator: authenticator)
        guard answer.isSuccess else { throw NetworkAsCodeError(answer) }
        do {
            return try read(try JSONNode(parsing: answer.response.body, unknownProperties: .ignored))
        } catch {
            throw NetworkAsCodeError(unreadable: error, in: answer.response, xCorrelator: answer.xCorrelator)
        }
    }

    /// Sends a call that a provider answers with a session.
    func session(_ call: Call) async throws(NetworkAsCodeError) -> ToldSession {
        try await value(call, SessionAnswer.one)
    }

    /// Sends a deletion. The body of the answer does not matter: providers answer 204, or 200 or
    /// 202 with or without a body.
    func delete(_ call: Call) async throws(NetworkAsCodeError) {
        let answer = try await exchange.send(call, authenticator: authenticator)
        // An earlier attempt with a lost answer may have deleted the session.
        let isOwnDoing = answer.response.status == 404 && answer.mayHaveActedBefore
        guard answer.isSuccess || isOwnDoing else { throw NetworkAsCodeError(answer) }
    }
}
