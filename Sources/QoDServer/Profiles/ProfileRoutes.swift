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
        let device = try reader.device(body.device, principal, context)
        let catalogue = try await engine.profiles(for: device, among: principal.sites)
        let profiles = catalogue.profiles.filter { profile in
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
        guard let profile = try await catalogue(principal)?[name] else {
            throw APIError(.notFound, .notFound, "There is no profile \(Excerpt.of(text)).")
        }
        return Response(status: .ok, json: JSONWriter.document { profile.write(to: &$0) })
    }

    /// The profiles for a client and for the device in its access token; `nil` if the platform does not serve the
    /// device.
    private func catalogue(_ principal: Principal) async throws(EngineError) -> ProfileCatalogue? {
        do {
            return try await engine.profiles(for: principal.device, among: principal.sites)
        } catch where error.code == .deviceNotServed || error.code == .deviceNotFound {
            return nil
        }
    }
}
