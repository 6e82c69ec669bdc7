import Access
import CAMARA
import HTTPTypes
import Hummingbird
import QualityOnDemand
import SessionEngine
import Southbound

/// `/sandbox/v1`: test devices, the client's sessions in the network, and network events on demand.
///
/// Only an open sandbox has these routes. They pass the same gate as the APIs' routes, and reach only the client's own
/// sessions.
struct SandboxRoutes: Sendable {
    let sandbox: Sandbox
    let engine: SessionEngine
    let reader: RequestReader

    func add(to router: inout APIRouter) {
        router.on(.get, "/sandbox/v1/devices", as: "sandboxDevices", needs: .readSessions, devices)
        router.on(.get, "/sandbox/v1/answers", as: "sandboxAnswers", needs: .readSessions, answers)
        router.on(.get, "/sandbox/v1/network", as: "sandboxNetwork", needs: .readSessions, network)
        router.on(.post, "/sandbox/v1/sessions/{sessionId}/end", as: "sandboxEndSession", needs: .deleteSessions, end)
    }

    /// The first `limit` test devices of each behaviour, by default 5.
    @Sendable func devices(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        let limit = try Self.integer("limit", in: 1...1000, of: request) ?? 5
        var seen: [String: Int] = [:]
        let shown = sandbox.devices.filter { device in
            seen[device.behaviour, default: 0] += 1
            return seen[device.behaviour, default: 0] <= limit
        }
        return Response(status: .ok, json: JSONWriter.document { json in
            json.array(shown) { Self.write($1, to: &$0) }
        })
    }

    /// The test numbers that stand for answers.
    @Sendable func answers(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        Response(status: .ok, json: JSONWriter.document { json in
            json.array(SandboxAnswer.all) { $1.write(to: &$0) }
        })
    }

    /// The number of all sessions in the networks, and a page of the ids of the client's own sessions, in order; with
    /// several sites, then the number and the state of each site.
    @Sendable func network(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        let limit = try Self.integer("limit", in: 0...100_000, of: request) ?? 100
        let after = try request.uri.queryParameters["after"].map { text in
            guard let id = SessionID(text) else { throw InvalidValue("\"\(Excerpt.of(text))\" is not a UUID").at("after") }
            return id
        }
        let holdings = try await engine.holdings()
        let held = holdings.flatMap { $0.sessions ?? [] }
        let rest = limit == 0 ? [] : held.sorted().drop { id in after.map { id <= $0 } ?? false }
        let page = try await engine.ownSessions(among: rest, limit: limit, of: principal.client, device: principal.device)
        return Response(status: .ok, json: JSONWriter.document { json in
            json.object { json in
                json.write("network", holdings[0].network)
                json.write("held", held.count)
                json.name("sessions")
                json.array(page) { $0.string($1.description) }
                guard holdings.count > 1 else { return }
                json.name("sites")
                json.array(holdings) { json, holding in
                    json.object { json in
                        json.write("name", holding.site.description)
                        json.write("network", holding.network)
                        if let sessions = holding.sessions { json.write("held", sessions.count) }
                        json.write("notReady", engine.reasonNotReady(holding.site))
                    }
                }
            }
        })
    }

    /// Makes the network end one of the client's sessions.
    @Sendable func end(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        try await engine.endFromNetwork(try reader.sessionID(context), of: principal.client, device: principal.device)
        return Response(status: .noContent)
    }

    private static func integer(_ name: String, in range: ClosedRange<Int>, of request: Request) throws -> Int? {
        guard let text = request.uri.queryParameters[Substring(name)] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not in \(range)").at(name)
        }
        return value
    }

    private static func write(_ device: SandboxDevice, to json: inout JSONWriter) {
        json.object { json in
            json.write("phoneNumber", device.phoneNumber)
            json.write("networkAccessIdentifier", device.networkAccessIdentifier)
            json.name("ipv4Address")
            json.object { json in
                json.write("publicAddress", device.publicIPv4Address)
                json.write("privateAddress", device.privateIPv4Address)
                json.write("publicPort", device.publicPort)
            }
            json.write("ipv6Address", device.ipv6Address)
            json.write("behaviour", device.behaviour)
        }
    }
}
