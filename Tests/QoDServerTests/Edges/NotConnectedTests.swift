import HTTPTypes
import NIOConcurrencyHelpers
import QoDServer
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import SimulatedNetwork
import Testing

/// The sandbox's directory, but its devices can lose their connection.
private final class AbsentDirectory: DeviceDirectory {
    private let isAbsent = NIOLockedValueBox(false)

    func leave() { isAbsent.withLockedValue { $0 = true } }

    func resolve(_ device: Device) async throws(DirectoryError) -> ResolvedDevice {
        let found = try await SandboxDirectory().resolve(device)
        guard isAbsent.withLockedValue({ $0 }) else { return found }
        return ResolvedDevice(key: found.key, identifiedBy: found.identifiedBy, addresses: NetworkAddresses(ipv4: nil, ipv6: nil))
    }
}

@Suite("A device that is known and not connected")
struct NotConnectedTests {
    @Test("gets no new session or assignment; those that it has can be read and listed")
    func refused() async throws {
        let directory = AbsentDirectory()
        try await Platform.with(Setup { $0.directory = directory }) { platform in
            let session = try await platform.session()
            directory.leave()
            for answer in [
                try await platform.caller.create(["applicationServer": #"{"ipv4Address":"198.51.100.77"}"#]),
                try await platform.caller.send(.post, Path.assignments, Body.assignment()),
            ] {
                answer.expectError(422, "SERVICE_NOT_APPLICABLE", "not connected")
            }
            #expect(try await platform.caller.get(session).status == 200)
            #expect(try await platform.caller.retrieve(Body.device).json?.elements.count == 1)
            #expect(try await platform.caller.delete(session).status == 204)
        }
    }
}
