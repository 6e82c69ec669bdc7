import Foundation
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Devices that move behind a Linux gateway", .serialized, .enabled(if: TestGateway.isPossible, "needs NAC_INTEGRATION=1, as make sets it, root, tc and nft"))
struct FollowingTests {
    private struct World {
        let gateway: TestGateway
        let folder: String
        let engine: SessionEngine
        let store: SQLiteStore

        func write(_ text: String, _ name: String) throws {
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"), options: .atomic)
        }

        var table: String { get throws { try gateway.run(["nft", "list", "table", "inet", "nac"]) } }

        /// Creates a session and waits until it is available, which takes longer than a
        /// creation waits if the machine is busy.
        func create(_ device: Device, server: String = TestGateway.service) async throws -> Session {
            let asked = try await engine.create(
                SessionOrder(device: device, flow: Fixture.flow(server), profile: Fixture.profile("QOS_E").name, duration: 3600), by: Fixture.client)
            try await eventually { try await status(asked) == .available }
            return try await engine.session(asked.id, of: Fixture.client)
        }

        func status(_ session: Session) async throws -> QoSStatus { try await engine.session(session.id, of: Fixture.client).status }
    }

    /// Runs an engine over the kernel. `devices` has lines of `phone address`, `leases`
    /// has leases in dnsmasq's format.
    private func with(_ devices: String, leases: String = "", _ body: (World) async throws -> Void) async throws {
        try await TestGateway.withGateway { gateway in
            try await TemporaryFolder.with { folder in
                for (text, name) in [(devices, "devices"), (leases, "leases")] {
                    try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
                }
                let store = try SQLiteStore.inMemory()
                let engine = try engine(gateway, folder, store)
                let running = Task { try await engine.run() }
                try await eventually { await engine.isReady() }
                do {
                    try await body(World(gateway: gateway, folder: folder, engine: engine, store: store))
                } catch {
                    running.cancel()
                    throw error
                }
                running.cancel()
                _ = await running.result
            }
        }
    }

    private func engine(_ gateway: TestGateway, _ folder: String, _ store: SQLiteStore) throws -> SessionEngine {
        var configuration = GatewayDirectoryConfiguration()
        configuration.subnets = [try DeviceSubnet("10.45.0.0/16")]
        configuration.file = .init(path: folder + "/devices") { bytes in
            try String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
                let words = line.split(separator: " ").map(String.init)
                return try words[1].contains(":") ? Entries.entry(phone: words[0], mac: words[1]) : Entries.entry(phone: words[0], ipv4: words[1])
            }
        }
        configuration.leases = [folder + "/leases"]
        configuration.usesConnectionTracking = true
        let directory = try GatewayDirectory(configuration, tracking: try gateway.tracking, clock: TestTime(), logger: LogRecorder().logger)
        return SessionEngine(
            store: store, network: LinuxNetwork(try gateway.configuration), directory: directory, clock: TestTime(), logger: LogRecorder().logger)
    }

    @Test("keep their sessions: the kernel's elements move within seconds, and nothing of the old address is left")
    func byHand() async throws {
        try await with("\(Entries.phone) 10.45.4.1\n+3612345678 10.45.4.9\n") { world in
            let session = try await world.create(try Entries.device(phone: Entries.phone))
            let bystander = try await world.create(try Entries.device(phone: "+3612345678"))
            #expect(session.status == .available)
            #expect(try world.table.contains("10.45.4.1 . 198.51.100.7 : 4e41:10"))
            try world.write("\(Entries.phone) 10.45.4.2\n+3612345678 10.45.4.9\n", "devices")
            let start = ContinuousClock.now
            try await eventually(within: .seconds(180)) { try world.table.contains("10.45.4.2 . 198.51.100.7 : 4e41:10") }
            print("the rules moved \(ContinuousClock.now - start) after the file")
            #expect(try !world.table.contains("10.45.4.1 "))
            #expect(try world.table.contains("10.45.4.9 . 198.51.100.7 : 4e41:11"))
            #expect(try await world.store.session(session.id)?.subject.addresses == Entries.addresses("10.45.4.2"))
            for one in [session, bystander] { #expect(try await world.status(one) == .available) }
            // The number and the address name one device, so the flows conflict. The former
            // address belongs to no other device.
            await #expect(throws: EngineError.self) { try await world.create(try Entries.device(ipv4: "10.45.4.2")) }
            let other = try await world.create(try Entries.device(ipv4: "10.45.4.1"))
            #expect(other.status == .available && other.subject.key == DeviceKey("10.45.4.1"))
            // Two devices exchange their addresses.
            try world.write("\(Entries.phone) 10.45.4.9\n+3612345678 10.45.4.2\n", "devices")
            try await eventually(within: .seconds(180)) {
                let table = try world.table
                return table.contains("10.45.4.9 . 198.51.100.7 : 4e41:10") && table.contains("10.45.4.2 . 198.51.100.7 : 4e41:11")
            }
            try await world.engine.delete(session.id, of: Fixture.client)
            try await eventually { try !world.table.contains("10.45.4.9 ") }
        }
    }

    @Test("by DHCP: the rules follow the lease, and go while another device has the address")
    func byLease() async throws {
        let (mine, others) = ("02:00:00:00:00:01", "02:00:00:00:00:02")
        try await with("\(Entries.phone) \(mine)\n+3612345678 \(others)\n", leases: "0 \(mine) 10.45.4.1 * *\n") { world in
            let session = try await world.create(try Entries.device(ipv4: "10.45.4.1"))
            #expect(session.subject.key == DeviceKey("phone:\(Entries.phone)"))
            try world.write("0 \(mine) 10.45.4.2 * *\n", "leases")
            try await eventually(within: .seconds(180)) { try world.table.contains("10.45.4.2 . 198.51.100.7") }
            #expect(try !world.table.contains("10.45.4.1 "))
            // The device leaves, and keeps its address until another device has the address.
            try world.write("0 \(others) 10.45.4.1 * *\n", "leases")
            try await pause(for: .seconds(3))
            #expect(try world.table.contains("10.45.4.2 . 198.51.100.7"))
            try world.write("0 \(others) 10.45.4.2 * *\n", "leases")
            try await eventually(within: .seconds(180)) { try !world.table.contains("10.45.4.2 ") }
            #expect(try await world.status(session) == .available)
            let taker = try await world.create(try Entries.device(phone: "+3612345678"))
            #expect(taker.status == .available)
            try world.write("0 \(others) 10.45.4.2 * *\n0 \(mine) 10.45.4.3 * *\n", "leases")
            try await eventually(within: .seconds(180)) { try world.table.contains("10.45.4.3 . 198.51.100.7") }
            #expect(try world.table.contains("10.45.4.2 . 198.51.100.7"))
        }
    }

    @Test("behind a NAT are found by the address and port that the service sees")
    func behindNAT() async throws {
        try await with("\(Entries.phone) 10.45.4.1\n") { world in
            try world.gateway.translate()
            let device = try Entries.device(ipv4: TestGateway.outside, port: 5000)
            await #expect(throws: EngineError.self) { try await world.create(device) }
            try world.gateway.send(from: TestGateway.device, 5000, to: TestGateway.service, 9000)
            let session = try await world.create(device)
            #expect(session.status == .available && session.subject.key == DeviceKey("phone:\(Entries.phone)"))
            #expect(try world.table.contains("10.45.4.1 . 198.51.100.7 : 4e41:10"))
            // The service sends from the same port: its packet belongs to the session, although the
            // gateway translates the packet.
            try world.gateway.send(from: TestGateway.device, 5000, to: TestGateway.service, 9000)
            try await eventually { try packets("4e41:10", world.gateway) > 0 }
            await #expect(throws: EngineError.self) { try await world.create(try Entries.device(phone: Entries.phone)) }
        }
    }

    /// The number of packets that a class of the uplink has sent.
    private func packets(_ id: String, _ gateway: TestGateway) throws -> Int {
        let words = try gateway.run(["tc", "-s", "class", "show", "dev", "wan0"]).split { $0 == " " || $0 == "\n" }
        let start = try #require(words.firstIndex { $0 == id })
        let sent = try #require(words[start...].firstIndex(of: "Sent"))
        return try #require(Int(words[sent + 3]))
    }
}
