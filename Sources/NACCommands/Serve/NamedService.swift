import QualityOnDemand
import ServiceLifecycle

/// A service that shows its name only. The service group writes descriptions of its services to the log, and the
/// services hold all settings.
struct NamedService: Service, Confidential {
    let name: String
    private let service: any Service

    init(_ name: String, _ service: any Service) {
        self.name = name
        self.service = service
    }

    func run() async throws {
        try await service.run()
    }

    var description: String { name }
}
