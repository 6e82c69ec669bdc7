import Access
import CAMARA
import HTTPTypes
import Hummingbird
import QualityOnDemand
import SessionEngine

/// `/qos-profiles/v1` (CAMARA qos-profiles 1.2).
struct ProfileRoutes: Sendable {
    let engine: SessionEngine
    let reader: RequestReader

    func add(to router: inout APIRouter) {
        router.on(.post, "/qos-profiles/v1/retrieve-qos-profiles", as: "retrieveQoSProfiles", needs: .readProfiles, retrieve)
        router.on(.get, "/qos-profiles/v1/qos-profiles/{name}", as: "getQosProfile", needs: .readProfiles, get)
    }

    @Sendable func retrieve(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        let body = try await reader.body(request, context, QosProfileDeviceRequest.init)
        if let device = try reader.device(body.device, principal, context) { _ = try await engine.resolve(device) }
        let profiles = engine.profiles.profiles.filter { profile in
            (body.name ?? profile.name) == profile.name && (body.status ?? profile.status) == profile.status
        }
        // The API lists at most 100.
        return Response(status: .ok, json: JSONWriter.document { json in
            json.array(profiles.prefix(100)) { $1.write(to: &$0) }
        })
    }

    @Sendable func get(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        let text = RequestReader.part("name", of: context)
        let name = try at("name") { () throws(InvalidValue) in try QoSProfileName(text) }
        guard let profile = engine.profiles[name], try await isServed(principal.device) else {
            throw APIError(.notFound, .notFound, "There is no profile \(Excerpt.of(text)).")
        }
        return Response(status: .ok, json: JSONWriter.document { profile.write(to: &$0) })
    }

    /// Whether the platform has profiles for the device in the access token. The route returns a profile only in this
    /// case.
    private func isServed(_ device: Device?) async throws(EngineError) -> Bool {
        guard let device else { return true }
        do {
            _ = try await engine.resolve(device)
            return true
        } catch where error.code == .deviceNotServed || error.code == .deviceNotFound {
            return false
        }
    }
}
