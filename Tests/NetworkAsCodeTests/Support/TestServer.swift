import CAMARA
import Foundation
import NetworkAsCode
import QualityOnDemand

/// A small server in memory. The server has the sessions and profiles of one client, checks requests strictly,
/// supports idempotent creations, and fails on demand.
final class TestServer: HTTPTransport {
    /// A fault in the handling of a request.
    enum Fault: Sendable {
        /// No fault.
        case none
        /// The request does not reach the server.
        case fails(TransportError.Kind)
        /// The server does the work, but the answer is lost.
        case actsThenFails(TransportError.Kind)
        /// The server sends this answer and does nothing.
        case answers(TransportResponse)
        /// The server does the work, but sends this answer.
        case actsThenAnswers(TransportResponse)
        /// The server does not answer before the task is cancelled.
        case hangs
    }

    struct Stored: Sendable {
        var request: JSONValue
        var duration: Int
        /// The results of successive requests for the session; the last one stays. `nil` means 404.
        var statuses: [Look?]
    }

    /// The visible state of a session.
    struct Look: Hashable, Sendable {
        var status: String
        var info: String?
        var startedAt: Timestamp?
        var expiresAt: Timestamp?

        static let requested = Look(status: "REQUESTED")
        static let available = Look(
            status: "AVAILABLE", startedAt: VirtualTime.start, expiresAt: VirtualTime.start.adding(seconds: 86_400))
        static func unavailable(_ info: String) -> Look { Look(status: "UNAVAILABLE", info: info) }
    }

    struct State: Sendable {
        var sessions: [String: Stored] = [:]
        var order: [String] = []
        var keys: [String: String] = [:]
        var faults: [Fault] = []
        var faultsByPath: [String: Fault] = [:]
        var requests: [TransportRequest] = []
        var newSessions: [Look?] = [.available]
        /// The largest number of sessions in one answer, as in the API.
        var listLimit = 100
        var running = 0
        var mostRunning = 0
    }

    let state = Locked(State())
    /// Called when a request arrives; a test can use the hook to hold the request or to move the clock.
    let onRequest = Locked<(@Sendable (TransportRequest) async throws -> TransportResponse?)?>(nil)

    func send(_ request: TransportRequest) async throws -> TransportResponse {
        let fault = state.withLock { state in
            state.requests.append(request)
            state.running += 1
            state.mostRunning = max(state.mostRunning, state.running)
            if let fault = state.faultsByPath[request.url.path()] { return fault }
            return state.faults.isEmpty ? .none : state.faults.removeFirst()
        }
        defer { state.withLock { $0.running -= 1 } }
        if let hook = onRequest.current, let response = try await hook(request) { return response }
        switch fault {
        case .none: return act(request)
        case .fails(let kind): throw TransportError(kind, message: "scripted")
        case .actsThenFails(let kind):
            _ = act(request)
            throw TransportError(kind, message: "scripted")
        case .answers(let response): return response
        case .actsThenAnswers(let response):
            _ = act(request)
            return response
        case .hangs:
            try await Task.sleep(for: .seconds(3600))
            throw CancellationError()
        }
    }

    private func act(_ request: TransportRequest) -> TransportResponse {
        do {
            let path = request.url.path().split(separator: "/").map(String.init)
            switch (request.method, path.count, path.dropFirst(2).first) {
            case ("POST", 3, "sessions"): return try create(request)
            case ("POST", 3, "retrieve-sessions"): return try list(request)
            case ("GET", 4, "sessions"): return look(path[3])
            case ("DELETE", 4, "sessions"): return delete(path[3])
            case ("POST", 5, "sessions"): return try extend(path[3], request)
            case ("POST", 3, "retrieve-qos-profiles"): return try profiles(request)
            case ("GET", 4, "qos-profiles"): return profile(path[3])
            default: return .error(404, "NOT_FOUND", "no such path")
            }
        } catch {
            return .error(400, "INVALID_ARGUMENT", "\(error)")
        }
    }

    private func node(_ request: TransportRequest) throws(InvalidValue) -> JSONNode {
        try JSONNode(parsing: request.body ?? [], unknownProperties: .rejected)
    }

    private func create(_ request: TransportRequest) throws -> TransportResponse {
        let body = try node(request)
        let creation = try CreateSession(body)
        return state.withLock { state in
            let key = request.headers["Idempotency-Key"]
            if let key, let id = state.keys[key], let stored = state.sessions[id] { return .session(201, id, stored) }
            let number = state.order.count + 1
            let id = "00000000-0000-7000-8000-" + String(repeating: "0", count: 12 - "\(number)".count) + "\(number)"
            let stored = Stored(request: body.value, duration: creation.duration, statuses: state.newSessions)
            state.sessions[id] = stored
            state.order.append(id)
            if let key { state.keys[key] = id }
            return .session(201, id, stored)
        }
    }

    private func list(_ request: TransportRequest) throws -> TransportResponse {
        _ = try RetrieveSessionsInput(try node(request))
        let texts = state.withLock { state in
            Array(state.order.compactMap { id in state.sessions[id].flatMap { $0.document(id) } }.prefix(state.listLimit))
        }
        return .json(200, "[" + texts.joined(separator: ",") + "]")
    }

    private func look(_ id: String) -> TransportResponse {
        state.withLock { state in
            guard var stored = state.sessions[id] else { return .error(404, "NOT_FOUND", "no such session") }
            if stored.statuses.count > 1 { stored.statuses.removeFirst() }
            state.sessions[id] = stored
            guard stored.document(id) != nil else { return .error(404, "NOT_FOUND", "no such session") }
            return .session(200, id, stored)
        }
    }

    private func delete(_ id: String) -> TransportResponse {
        let found = state.withLock { $0.sessions.removeValue(forKey: id) }
        return found == nil ? .error(404, "NOT_FOUND", "no such session") : TransportResponse(status: 204)
    }

    private func extend(_ id: String, _ request: TransportRequest) throws -> TransportResponse {
        let more = try ExtendSessionDuration(try node(request)).requestedAdditionalDuration
        return state.withLock { state in
            guard var stored = state.sessions[id] else { return .error(404, "NOT_FOUND", "no such session") }
            stored.duration += more
            stored.statuses = stored.statuses.map { look in
                guard var longer = look else { return nil }
                longer.expiresAt = look?.expiresAt?.adding(seconds: more)
                return longer
            }
            state.sessions[id] = stored
            return .session(200, id, stored)
        }
    }

    private func profiles(_ request: TransportRequest) throws -> TransportResponse {
        _ = try QosProfileDeviceRequest(try node(request))
        let all = QualityOnDemand.QoSProfile.builtIn
        return .json(200, String(decoding: JSONWriter.document { $0.array(all) { $1.write(to: &$0) } }, as: UTF8.self))
    }

    private func profile(_ name: String) -> TransportResponse {
        guard let profile = QualityOnDemand.QoSProfile.builtIn.first(where: { $0.name.description == name }) else {
            return .error(404, "NOT_FOUND", "no such profile")
        }
        return TransportResponse(status: 200, body: JSONWriter.document { profile.write(to: &$0) })
    }
}

extension TestServer.Stored {
    /// The session as the API shows it; `nil` if the session no longer exists.
    func document(_ id: String) -> String? {
        guard case .object(var members) = request, let look = statuses.first ?? nil else { return nil }
        members.removeAll { $0.name == "sinkCredential" || $0.name == "duration" }
        members.append(JSONMember(name: "sessionId", value: .string(id)))
        members.append(JSONMember(name: "duration", value: .integer(duration)))
        members.append(JSONMember(name: "qosStatus", value: .string(look.status)))
        if let info = look.info { members.append(JSONMember(name: "statusInfo", value: .string(info))) }
        if let time = look.startedAt { members.append(JSONMember(name: "startedAt", value: .string("\(time)"))) }
        if let time = look.expiresAt { members.append(JSONMember(name: "expiresAt", value: .string("\(time)"))) }
        // A member that no specification has: clients must ignore it.
        members.append(JSONMember(name: "x-unheard-of", value: .object([JSONMember(name: "a", value: .bool(true))])))
        return JSONValue.object(members).document
    }
}

extension TransportResponse {
    static func json(_ status: Int, _ text: String, headers: HeaderFields = [:]) -> TransportResponse {
        TransportResponse(status: status, headers: headers, body: Array(text.utf8))
    }

    static func error(_ status: Int, _ code: String, _ message: String, headers: HeaderFields = [:]) -> TransportResponse {
        let info = ErrorInfo(status: status, code: ErrorCode(code), message: message)
        return TransportResponse(status: status, headers: headers, body: JSONWriter.document { info.write(to: &$0) })
    }

    static func session(_ status: Int, _ id: String, _ stored: TestServer.Stored) -> TransportResponse {
        .json(status, stored.document(id) ?? "{}")
    }
}
