import QualityOnDemand
import ServiceLifecycle

/// A service that shows its name only. The service group describes its services in the log, and they hold all settings.
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
