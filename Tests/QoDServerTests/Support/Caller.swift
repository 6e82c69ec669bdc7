import HTTPTypes
import HummingbirdTesting
import NIOCore

/// A client of the platform.
struct Caller: Sendable {
    let client: any TestClientProtocol
    /// The API key of every request; `nil` sends no key.
    var key: String?
    /// The access token of every request; `nil` sends no token.
    var token: String?

    /// - Parameter headers: Headers that add to the key and the content type, or replace them; `nil` removes a header.
    func send(_ method: HTTPRequest.Method, _ path: String, bytes: [UInt8]?, headers: [String: String?] = [:]) async throws -> Answer {
        var fields = HTTPFields()
        if let token { fields[.authorization] = "Bearer \(token)" }
        if let key { fields[HTTPField.Name("X-RapidAPI-Key")!] = key }
        if bytes != nil { fields[.contentType] = "application/json" }
        for (name, value) in headers { fields[HTTPField.Name(name)!] = value }
        let body = bytes.map { ByteBuffer(bytes: $0) }
        return Answer(try await client.execute(uri: path, method: method, headers: fields, body: body))
    }

    func send(_ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, headers: [String: String?] = [:]) async throws -> Answer {
        try await send(method, path, bytes: body.map { Array($0.utf8) }, headers: headers)
    }

    func send(_ call: Call) async throws -> Answer {
        try await send(call.method, call.path, call.body, headers: call.headers)
    }

    /// Creates a session.
    func create(_ changes: [String: String?] = [:], headers: [String: String?] = [:]) async throws -> Answer {
        try await send(.post, Path.sessions, Body.create(changes), headers: headers)
    }

    func get(_ id: String) async throws -> Answer { try await send(.get, Path.session(id)) }
    func delete(_ id: String) async throws -> Answer { try await send(.delete, Path.session(id)) }

    func extend(_ id: String, by seconds: Int) async throws -> Answer {
        try await send(.post, Path.extend(id), Body.extend(seconds))
    }

    /// Lists the sessions of a device.
    func retrieve(_ device: String) async throws -> Answer {
        try await send(.post, Path.retrieveSessions, "{\"device\": \(device)}")
    }

    /// Lets the network end a session, through the sandbox.
    func endFromNetwork(_ id: String) async throws -> Answer {
        try await send(.post, "/sandbox/v1/sessions/\(id)/end")
    }
}

/// One request, for tables of requests.
struct Call: Sendable {
    var method: HTTPRequest.Method
    var path: String
    var body: String?
    var headers: [String: String?] = [:]

    init(_ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, headers: [String: String?] = [:]) {
        self.method = method
        self.path = path
        self.body = body
        self.headers = headers
    }

    func with(_ name: String, _ value: String?) -> Call {
        var call = self
        call.headers[name] = .some(value)
        return call
    }
}

enum Path {
    static let sessions = "/quality-on-demand/v1/sessions"
    static let retrieveSessions = "/quality-on-demand/v1/retrieve-sessions"
    static let retrieveProfiles = "/qos-profiles/v1/retrieve-qos-profiles"

    static let assignments = "/qos-provisioning/v0.4/qos-assignments"
    static let retrieveAssignment = "/qos-provisioning/v0.4/retrieve-qos-assignment"

    static func assignment(_ id: String) -> String { "\(assignments)/\(id)" }
    static func session(_ id: String) -> String { "\(sessions)/\(id)" }
    static func extend(_ id: String) -> String { "\(sessions)/\(id)/extend" }
    static func profile(_ name: String) -> String { "/qos-profiles/v1/qos-profiles/\(name)" }
}

/// Request bodies as text, so that each test controls the exact text.
enum Body {
    static let device = phone(1000)

    static func phone(_ device: Int) -> String { "{\"phoneNumber\": \"+9999999\(device)\"}" }

    static func extend(_ seconds: Int) -> String { "{\"requestedAdditionalDuration\": \(seconds)}" }

    /// The body of a session for a test device that is available at once. The changes replace some
    /// properties; `nil` removes a property.
    static func create(_ changes: [String: String?] = [:]) -> String {
        let usual = [
            "device": device, "applicationServer": "{\"ipv4Address\": \"198.51.100.7\"}", "qosProfile": "\"QOS_L\"", "duration": "3600",
        ]
        return object(usual, changes)
    }

    /// The body of an assignment for a test device that is available at once. The changes replace some properties.
    static func assignment(_ changes: [String: String?] = [:]) -> String {
        object(["device": device, "qosProfile": "\"QOS_L\""], changes)
    }

    static func object(_ usual: [String: String], _ changes: [String: String?]) -> String {
        var properties = usual.mapValues { Optional($0) }
        for (name, value) in changes { properties[name] = .some(value) }
        let members = properties.sorted { $0.key < $1.key }.compactMap { name, value in value.map { "\"\(name)\": \($0)" } }
        return "{\(members.joined(separator: ", "))}"
    }
}
