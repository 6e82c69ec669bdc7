import AsyncHTTPClient
import CAMARA
import NIOCore
import NIOHTTP1
import QualityOnDemand

/// A client without the SDK: each request is sent once, and the test knows whether there was an answer.
struct RawClient: Sendable {
    let address: String
    var token = "sandbox"
    var timeout: TimeAmount = .seconds(60)
    /// The `Authorization` header, beside the API key.
    var authorization: String?

    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]

        func session() throws -> SessionInfo {
            try SessionInfo(JSONNode(parsing: body, unknownProperties: .rejected))
        }
    }

    /// One client for all tests, which is never shut down. A server that is down fails at once.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(configuration: configuration)
    }()

    /// - Throws: An error if there is no answer.
    func send(_ method: String, _ path: String, body: String? = nil, idempotencyKey: String? = nil) async throws -> Answer {
        var request = HTTPClientRequest(url: address + path)
        request.method = .init(rawValue: method)
        request.headers.add(name: "X-RapidAPI-Key", value: token)
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        if let idempotencyKey { request.headers.add(name: "Idempotency-Key", value: idempotencyKey) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        let response = try await Self.http.execute(request, timeout: timeout)
        let bytes = try await response.body.collect(upTo: 16 << 20)
        return Answer(status: Int(response.status.code), body: Array(bytes.readableBytesView))
    }

    static let sessions = "/quality-on-demand/v1/sessions"

    func create(_ body: String, idempotencyKey: String? = nil) async throws -> Answer {
        try await send("POST", Self.sessions, body: body, idempotencyKey: idempotencyKey)
    }

    func get(_ id: String) async throws -> Answer {
        try await send("GET", "\(Self.sessions)/\(id)")
    }

    func delete(_ id: String) async throws -> Answer {
        try await send("DELETE", "\(Self.sessions)/\(id)")
    }

    func extend(_ id: String, by seconds: Int) async throws -> Answer {
        try await send("POST", "\(Self.sessions)/\(id)/extend", body: "{\"requestedAdditionalDuration\":\(seconds)}")
    }

    /// The number of sessions in the simulated network.
    func heldCount() async throws -> Int {
        try await network(path: "/sandbox/v1/network?limit=0").held
    }

    /// All sessions of this client in the simulated network, read page by page.
    func heldSessions(pageSize: Int = 500) async throws -> Set<String> {
        var held: Set<String> = []
        var last: String?
        while true {
            let page = try await network(path: "/sandbox/v1/network?limit=\(pageSize)" + (last.map { "&after=\($0)" } ?? "")).sessions
            held.formUnion(page)
            guard page.count == pageSize else { return held }
            last = page.last
        }
    }

    private func network(path: String) async throws -> (held: Int, sessions: [String]) {
        let answer = try await send("GET", path)
        var (held, sessions): (Int?, [String]?)
        if case .object(let members) = try JSONValue(parsing: answer.body) {
            for member in members {
                if member.name == "held", case .integer(let count) = member.value { held = count }
                if member.name == "sessions", case .array(let ids) = member.value {
                    sessions = ids.compactMap { if case .string(let id) = $0 { id } else { nil } }
                }
            }
        }
        guard let held, let sessions else { throw Unreadable(description: "the network's answer: \(String(decoding: answer.body, as: UTF8.self))") }
        return (held, sessions)
    }

    struct Unreadable: Error {
        let description: String
    }
}
