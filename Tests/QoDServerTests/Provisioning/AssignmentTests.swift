import CAMARA
import HTTPTypes
import NIOConcurrencyHelpers
import QoDServer
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Southbound
import SimulatedNetwork
import Testing

@Suite("QoS assignments")
struct AssignmentTests {
    private static let sink = ["sink": Optional(#""https://example.com/hook""#), "sinkCredential": ErrorCase.credential()]

    @Test("answers what was asked for, with nothing else [qos_provisioning_createQosAssignment_01_generic_success_scenario]")
    func creation() async throws {
        try await Platform.with { platform in
            let answer = try await platform.caller.send(.post, Path.assignments, Body.assignment(), headers: ["x-correlator": "abc-1"])
            #expect(answer.status == 201, "\(answer.body)")
            #expect(answer.header("content-type") == "application/json")
            #expect(answer.header("x-correlator") == "abc-1")
            #expect(Set(answer.properties) == ["device", "qosProfile", "assignmentId", "startedAt", "status"])
            #expect(answer["device"] == .of(Body.device))
            #expect(answer.text("qosProfile") == "QOS_L")
            #expect(answer.text("status") == "AVAILABLE")
            #expect(try Timestamp(rfc3339: try #require(answer.text("startedAt"))) <= platform.engine.now)
        }
    }

    @Test("a sink is answered, its credential is not [qos_provisioning_createQosAssignment_02_1_sinkcredential_provided]")
    func sinkAndCredential() async throws {
        try await Platform.with { platform in
            let answer = try await platform.caller.send(.post, Path.assignments, Body.assignment(Self.sink))
            #expect(answer.status == 201)
            #expect(answer.text("sink") == "https://example.com/hook")
            #expect(!answer.body.contains("sink-secret") && !answer.properties.contains("sinkCredential"))
        }
    }

    @Test("one event is stored when it becomes available [qos_provisioning_createQosAssignment_02_2_event_notification_sent]")
    func availableEvent() async throws {
        try await Platform.with { platform in
            let id = try await platform.assignment(Self.sink)
            let events = try await platform.events(of: id)
            #expect(events.map(\.session.description) == [id])
            #expect(events.map(\.change.status) == [.available] && events[0].change.info == nil)
            #expect(events[0].target?.sink == "https://example.com/hook")
        }
    }

    @Test("a device named by the access token is not answered [qos_provisioning_createQosAssignment_03_3_legged_missing_device]")
    func threeLegged() async throws {
        try await Platform.with(.token(device: 1000)) { platform in
            let answer = try await platform.caller.send(.post, Path.assignments, Body.assignment(["device": nil]))
            #expect(answer.status == 201)
            #expect(!answer.properties.contains("device"))
            let found = try await platform.caller.send(.post, Path.retrieveAssignment, "{}")
            #expect(found.status == 200 && !found.properties.contains("device"))
        }
    }

    @Test("is found by its id as it was answered [qos_provisioning_getQosAssignmentById_01_get_existing_qos_assignment]")
    func byID() async throws {
        try await Platform.with { platform in
            let created = try await platform.caller.send(.post, Path.assignments, Body.assignment(Self.sink))
            let found = try await platform.caller.send(.get, Path.assignment(try #require(created.text("assignmentId"))))
            #expect(found.status == 200)
            #expect(found.json == created.json)
        }
    }

    @Test("is found by its device [qos_provisioning_getQosAssignmentByDevice_01_get_existing_qos_provisioning_by_device]")
    func byDevice() async throws {
        try await Platform.with { platform in
            let id = try await platform.assignment()
            for device in [Body.device, #"{"ipv6Address": "2001:db8:45::1000"}"#] {
                let found = try await platform.caller.send(.post, Path.retrieveAssignment, "{\"device\": \(device)}")
                #expect(found.status == 200)
                #expect(found.text("assignmentId") == id)
                #expect(found["device"] == .of(Body.device))
            }
        }
    }

    @Test("can be read for 360 s after it was revoked, unavailable [qos_provisioning_getQosAssignmentById_02_get_recent_unavailable]")
    func readableAfterwards() async throws {
        let clock = TestClock()
        try await Platform.with(Setup { $0.clock = clock }) { platform in
            let id = try await platform.assignment()
            #expect(try await platform.caller.send(.delete, Path.assignment(id)).status == 204)
            clock.advance(by: .seconds(359))
            let found = try await platform.caller.send(.get, Path.assignment(id))
            #expect(found.status == 200)
            #expect(found.text("status") == "UNAVAILABLE" && found.text("statusInfo") == "DELETE_REQUESTED")
            try await eventually {
                clock.advance(by: .milliseconds(200))
                return try await platform.caller.send(.get, Path.assignment(id)).status == 404
            }
            try await eventually { try await platform.store.count() == 0 }
        }
    }

    @Test("a revocation frees the device and the network [qos_provisioning_revokeQosAssignment_01_delete_existing_qos_assignment_sync]")
    func revocation() async throws {
        try await Platform.with { platform in
            let id = try await platform.assignment()
            #expect(platform.network.count == 1)
            let answer = try await platform.caller.send(.delete, Path.assignment(id), headers: ["x-correlator": "abc-2"])
            #expect(answer.status == 204 && answer.body.isEmpty)
            #expect(answer.header("x-correlator") == "abc-2")
            try await eventually { platform.network.count == 0 }
            #expect(try await platform.caller.send(.post, Path.retrieveAssignment, "{\"device\": \(Body.device)}").status == 404)
            _ = try await platform.assignment(["qosProfile": #""QOS_S""#])
            #expect(try await platform.caller.send(.delete, Path.assignment(id)).status == 204)
            #expect(try await platform.caller.send(.get, Path.assignment(id)).status == 404)
            #expect(try await platform.caller.send(.post, Path.retrieveAssignment, "{\"device\": \(Body.device)}").status == 200)
        }
    }

    @Test("one event is stored when it is revoked [qos_provisioning_revokeQosAssignment_03_event_notification_sync]")
    func revokedEvent() async throws {
        try await Platform.with { platform in
            let id = try await platform.assignment(Self.sink)
            for _ in 0..<2 { #expect(try await platform.caller.send(.delete, Path.assignment(id)).status == 204) }
            let events = try await platform.events(of: id)
            #expect(events.map(\.change.status) == [.available, .unavailable])
            #expect(events.last?.change.info == .deleteRequested)
        }
    }

    @Test("has no end")
    func noEnd() async throws {
        let clock = TestClock()
        try await Platform.with(Setup { $0.clock = clock }) { platform in
            let id = try await platform.assignment()
            for _ in 0..<20 {
                clock.advance(by: .seconds(30 * 86_400))
                #expect(try await platform.caller.send(.get, Path.assignment(id)).text("status") == "AVAILABLE")
            }
            #expect(try await platform.store.deadlines(until: .never, limit: 10).isEmpty)
        }
    }

    @Test("what the network ended keeps the device until it is revoked")
    func ended() async throws {
        try await Platform.with { platform in
            let id = try await platform.assignment()
            #expect(try await platform.caller.endFromNetwork(id).status == 204)
            let found = try await platform.caller.send(.get, Path.assignment(id))
            #expect(found.text("status") == "UNAVAILABLE" && found.text("statusInfo") == "NETWORK_TERMINATED")
            #expect(try await platform.caller.send(.post, Path.assignments, Body.assignment()).status == 409)
            #expect(try await platform.caller.send(.delete, Path.assignment(id)).status == 204)
            _ = try await platform.assignment()
        }
    }

    @Test("keeps no session off the device, and is none")
    func besideSessions() async throws {
        try await Platform.with { platform in
            let assignment = try await platform.assignment()
            let session = try await platform.session()
            #expect(platform.network.count == 2)
            #expect(try await platform.caller.retrieve(Body.device).json?.elements.count == 1)
            #expect(try await platform.caller.get(assignment).status == 404)
            #expect(try await platform.caller.delete(assignment).status == 404)
            #expect(try await platform.caller.extend(assignment, by: 60).status == 404)
            #expect(try await platform.caller.send(.delete, Path.assignment(session)).status == 404)
            #expect(try await platform.caller.send(.get, Path.assignment(assignment)).text("status") == "AVAILABLE")
        }
    }

    @Test("of many at once for one device, one is made")
    func race() async throws {
        try await Platform.with { platform in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<40 {
                    group.addTask { try await platform.caller.send(.post, Path.assignments, Body.assignment()).status }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 201 }.count == 1 && statuses.filter { $0 == 409 }.count == 39)
        }
    }

    @Test("an access token for another device opens nothing")
    func otherDevice() async throws {
        let store = try SQLiteStore.inMemory()
        let setup = Setup { $0.store = store }
        let id = NIOLockedValueBox("")
        try await Platform.with(setup) { platform in
            let made = try await platform.assignment()
            id.withLockedValue { $0 = made }
        }
        var three = Setup.token(device: 1001)
        three.store = store
        try await Platform.with(three) { platform in
            let made = id.withLockedValue { $0 }
            try await platform.caller.send(.get, Path.assignment(made)).expectError(403, "PERMISSION_DENIED", "another device")
            try await platform.caller.send(.delete, Path.assignment(made)).expectError(403, "PERMISSION_DENIED", "another device")
        }
    }

    @Test("follows its device to other addresses at the next comparison, as sessions do")
    func follows() async throws {
        let directory = MovingDirectory()
        let clock = TestClock()
        try await Platform.with(Setup { $0.directory = directory; $0.clock = clock }) { platform in
            let id = try #require(SessionID(try await platform.assignment()))
            let session = try #require(SessionID(try await platform.session()))
            let before = try #require(platform.network.service(for: id)?.addresses)
            directory.move()
            try await eventually {
                clock.advance(by: .seconds(10))
                return [id, session].allSatisfy { platform.network.service(for: $0)?.addresses != before }
            }
            for moved in [id, session] {
                #expect(platform.network.service(for: moved)?.addresses == directory.now)
                #expect(try await platform.store.session(moved)?.subject.addresses == directory.now)
            }
            #expect(platform.network.count == 2)
        }
    }
}

/// The sandbox's directory, but its devices can change their IPv4 address.
private final class MovingDirectory: DeviceDirectory {
    private let hasMoved = NIOLockedValueBox(false)

    func move() { hasMoved.withLockedValue { $0 = true } }

    var now: NetworkAddresses { NetworkAddresses(ipv4: IPv4Address(rawValue: 0x0a2d_ff01), ipv6: nil) }

    func resolve(_ device: Device) async throws(DirectoryError) -> ResolvedDevice {
        let found = try await SandboxDirectory().resolve(device)
        return hasMoved.withLockedValue { $0 } ? ResolvedDevice(key: found.key, identifiedBy: found.identifiedBy, addresses: now) : found
    }

    func addresses(of devices: [DeviceKey: NetworkAddresses]) async -> [DeviceKey: Result<NetworkAddresses, DirectoryError>] {
        let hasMoved = hasMoved.withLockedValue { $0 }
        return devices.mapValues { .success(hasMoved ? now : $0) }
    }
}
