import CAMARA
import HTTPTypes
import Hummingbird
import Operations
import QualityOnDemand
import SessionEngine

/// `/health/live` and `/health/ready`, in the form that orchestrators read.
struct HealthRoutes: Sendable {
    let engine: SessionEngine
    let build: BuildInformation

    func add(to router: inout APIRouter) {
        // Live means that the process answers. The check asks no dependency; otherwise an orchestrator would try to
        // cure a full disk by a restart.
        router.onOpen(.get, "/health/live", as: "health", because: .tellsNothingOfClients) { [build] _, _ in
            Self.answer(.ok, "UP", build: build)
        }
        router.onOpen(.get, "/health/ready", as: "health", because: .tellsNothingOfClients) { [engine] _, _ in
            let reason = await engine.reasonNotReady()
            let sites = engine.siteNames.count > 1 ? engine.siteNames.map { ($0.description, engine.reasonNotReady($0)) } : []
            return reason == nil
                ? Self.answer(.ok, "UP", sites: sites) : Self.answer(.serviceUnavailable, "DOWN", reason: reason, sites: sites)
        }
    }

    private static func answer(
        _ status: HTTPResponse.Status, _ text: String, reason: String? = nil, build: BuildInformation? = nil,
        sites: [(name: String, reason: String?)] = []
    ) -> Response {
        Response(status: status, json: JSONWriter.document { json in
            json.object { json in
                json.write("status", text)
                json.write("reason", reason)
                if !sites.isEmpty {
                    json.name("sites")
                    json.array(sites) { json, site in
                        json.object { json in
                            json.write("name", site.name)
                            json.write("status", site.reason == nil ? "UP" : "DOWN")
                            json.write("reason", site.reason)
                        }
                    }
                }
                guard let build else { return }
                json.write("version", build.version)
                json.write("commit", build.commit)
                json.write("commitDate", build.date)
            }
        })
    }
}
