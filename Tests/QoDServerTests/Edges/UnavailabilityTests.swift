import Access
import CAMARA
import HTTPTypes
import QoDServer
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import SimulatedNetwork
import Testing

/// Holds requests until the test opens the gate.
private final class Gate: Authenticator {
    private let waiting = Box<Int>()
    private let isOpen = Box<Bool>()

    var count: Int { waiting.value ?? 0 }
    func open() { isOpen.value = true }

    func authenticate(_ headers: HTTPFields) async throws(AccessError) -> Principal {
        waiting.update { ($0 ?? 0) + 1 }
        while isOpen.value != true { try? await pause(for: .milliseconds(2)) }
        return Principal(client: ClientID("one"))
    }
}

/// Recognizes one client at once. All other requests wait for the gate, as for a slow provider.
private struct SlowForSome: Authenticator {
    let gate: Gate

    func authenticate(_ headers: HTTPFields) async throws(AccessError) -> Principal {
        if headers[.init("X-RapidAPI-Key")!] == "sandbox" { return Principal(client: ClientID("quick")) }
        return try await gate.authenticate(headers)
    }
}

/// A directory that cannot be reached.
private struct SilentDirectory: DeviceDirectory {
    func resolve(_ device: Device) async throws(DirectoryError) -> ResolvedDevice {
        throw .unreachable("ldap://secret-host")
    }
}

@Suite("When a part of the platform does not work")
struct UnavailabilityTests {
    @Test("a store that fails makes 503 with a time to wait, and tells nothing of itself", arguments: [
        (StoreError.Code.full, 5), (.failed, 5), (.overloaded, 1), (.closed, 5),
    ])
    func store(_ code: StoreError.Code, _ wait: Int) async throws {
        try await Platform.with { platform in
            let id = try await platform.session()
            platform.store.failure = StoreError(code, "/var/lib/secret.db does not work")
            for operation in Operation.allCases where operation.scope != .readProfiles {
                let answer = try await platform.caller.send(operation.call(session: id))
                answer.expectError(503, "UNAVAILABLE")
                #expect(answer.header("retry-after") == "\(wait)")
                #expect(!answer.body.contains("secret"))
            }
            #expect(try await platform.caller.send(Operation.getQosProfile.call()).status == 200)
            platform.store.failure = nil
            #expect(try await platform.caller.get(id).status == 200)
        }
    }

    @Test("more requests at once than are allowed are refused, not kept waiting")
    func inFlight() async throws {
        let clock = TestClock()
        let setup = Setup { setup in
            setup.clock = clock
            setup.server.maximumInFlight = 3
            setup.server.maximumInFlightPerClient = 2
        }
        try await Platform.with(setup) { platform async throws in
            try await withThrowingTaskGroup(of: Int.self) { group in
                // The network needs two seconds for these devices, and the clock stands still.
                for device in [2000, 2001] {
                    group.addTask { try await platform.caller.create(["device": Body.phone(device)]).status }
                }
                try await eventually { try await platform.caller.send(Operation.getQosProfile.call()).status == 429 }
                let own = try await platform.caller.send(Operation.getQosProfile.call())
                own.expectError(429, "TOO_MANY_REQUESTS")
                #expect(own.header("retry-after") == "1")
                #expect(try await platform.other.send(Operation.getQosProfile.call()).status == 200, "the other client has a share of its own")
                group.addTask { try await platform.other.create(["device": Body.phone(2002)]).status }
                try await eventually { try await platform.other.send(Operation.getQosProfile.call()).status == 503 }
                let refused = try await platform.other.send(Operation.getQosProfile.call().with("x-correlator", "busy"))
                refused.expectError(503, "UNAVAILABLE", "busy")
                #expect(refused.header("retry-after") == "1")
                #expect(refused.header("x-correlator") == "busy")
                #expect(try await platform.caller.send(.get, "/health/live").status == 200, "health is asked for when it is busy")
                clock.advance(by: .seconds(40))
                #expect(try await group.reduce(into: []) { $0.append($1) } == [201, 201, 201])
            }
            // A refused or failed request does not occupy its place for ever.
            for _ in 0..<10 { #expect(try await platform.caller.send(Operation.getSession.call()).status == 404) }
            #expect(try await platform.caller.send(Operation.getQosProfile.call()).status == 200)
        }
    }

    @Test("a request that waits for whoever knows its client takes no place from others")
    func waitingForProvider() async throws {
        let gate = Gate()
        let setup = Setup { setup in
            setup.authenticator = SlowForSome(gate: gate)
            setup.server.maximumInFlight = 1
        }
        try await Platform.with(setup) { platform async throws in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<3 { group.addTask { try await platform.other.send(Operation.getQosProfile.call()).status } }
                try await eventually { gate.count == 3 }
                for _ in 0..<5 { #expect(try await platform.caller.send(Operation.getQosProfile.call()).status == 200) }
                gate.open()
                for try await status in group { #expect(status == 200 || status == 503) }
            }
        }
    }

    @Test("a network that cannot be reached delays a session, it does not refuse it")
    func network() async throws {
        try await Platform.with(.impatient) { platform in
            platform.network.faults.isUnreachable = true
            let answer = try await platform.caller.create()
            #expect(answer.status == 201)
            #expect(answer.text("qosStatus") == "REQUESTED")
            let sandbox = try await platform.caller.send(.get, "/sandbox/v1/network")
            sandbox.expectError(503, "UNAVAILABLE")
        }
    }

    @Test("a directory that cannot be asked makes 503 with a time to wait")
    func directory() async throws {
        try await Platform.with(Setup { $0.directory = SilentDirectory() }) { platform in
            for operation in Operation.allCases.filter(\.takesDevice) {
                let answer = try await platform.caller.send(operation.call())
                answer.expectError(503, "UNAVAILABLE")
                #expect(answer.header("retry-after") == "5")
                #expect(!answer.body.contains("secret"))
            }
        }
    }
}

@Suite("Health")
struct HealthTests {
    @Test("a platform that is up is live and ready")
    func up() async throws {
        try await Platform.with { platform in
            for path in ["/health/live", "/health/ready"] {
                let answer = try await platform.caller.send(.get, path)
                #expect(answer.status == 200)
                #expect(answer.body.hasPrefix(path.hasSuffix("live") ? #"{"status":"UP","version":"\#(SoftwareVersion.current)""# : #"{"status":"UP""#))
                #expect(answer.header("content-type") == "application/json")
                #expect(answer.header("x-correlator") != nil)
            }
        }
    }

    @Test("while the network was never reached it is live, but not ready")
    func networkUnreachable() async throws {
        try await Platform.with(Setup { $0.isNetworkReachable = false }) { platform in
            #expect(try await platform.caller.send(.get, "/health/live").status == 200)
            let answer = try await platform.caller.send(.get, "/health/ready")
            #expect(answer.status == 503)
            #expect(answer.body.hasPrefix(#"{"status":"DOWN","reason":"#))
        }
    }

    @Test("while the store fails it is live, but not ready")
    func storeFails() async throws {
        try await Platform.with { platform async throws in
            platform.store.failure = StoreError(.full, "full")
            #expect(try await platform.caller.send(.get, "/health/live").status == 200)
            #expect(try await platform.caller.send(.get, "/health/ready").status == 503)
            platform.store.failure = nil
            #expect(try await platform.caller.send(.get, "/health/ready").status == 200)
        }
    }
}
