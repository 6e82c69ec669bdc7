import QoDServer
import QualityOnDemand
import SessionEngine
import Testing

/// The contents of the outbox; other tests cover the delivery.
@Suite("The events of a session")
struct StoredEventTests {
    private static let sink = ["sink": Optional(#""https://example.com/hook""#), "sinkCredential": ErrorCase.credential()]

    private func told(_ platform: Platform, of id: String) async throws -> [String] {
        try await platform.events(of: id).map { event in
            #expect(event.target?.sink == "https://example.com/hook")
            return [event.change.status.rawValue, event.change.info?.rawValue].compactMap(\.self).joined(separator: " ")
        }
    }

    @Test("there is one when it becomes available [quality_on_demand_createSession_02_2_event_received]")
    func available() async throws {
        try await Platform.with { platform async throws in
            let id = try await platform.session(Self.sink)
            #expect(try await told(platform, of: id) == ["AVAILABLE"])
        }
    }

    @Test("there is one when it is deleted [quality_on_demand_deleteSession_02_event_notification]")
    func deleted() async throws {
        try await Platform.with { platform async throws in
            let id = try await platform.session(Self.sink)
            #expect(try await platform.caller.delete(id).status == 204)
            #expect(try await told(platform, of: id) == ["AVAILABLE", "UNAVAILABLE DELETE_REQUESTED"])
        }
    }

    @Test("there is one when the network ends it, and none more when it is deleted then")
    func ended() async throws {
        try await Platform.with { platform async throws in
            let id = try await platform.session(Self.sink)
            #expect(try await platform.caller.endFromNetwork(id).status == 204)
            #expect(try await platform.caller.delete(id).status == 204)
            #expect(try await told(platform, of: id) == ["AVAILABLE", "UNAVAILABLE NETWORK_TERMINATED"])
        }
    }
}
