import Foundation
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("The directory's files")
struct WatchingTests {
    /// A directory over the files of a folder, on a clock that stands still, with a record of its reports.
    private final class World: Sendable {
        let folder: String
        let clock = TestClock()
        let log = LogRecorder()
        let directory: GatewayDirectory
        private let told = NIOLockedValueBox<[Set<String>]>([])
        private let running = NIOLockedValueBox<Task<Void, any Error>?>(nil)

        init(_ folder: String, hasFile: Bool = true, leases: [String] = []) throws {
            self.folder = folder
            directory = try Entries.directory(clock: clock, log: log) { configuration in
                if hasFile { configuration.file = .init(path: folder + "/devices", read: Self.read) }
                configuration.leases = leases.map { "\(folder)/\($0)" }
            }
            running.withLockedValue { running in
                running = Task { [directory, told] in
                    try await directory.run { keys in told.withLockedValue { $0.append(Set(keys.map(\.description))) } }
                }
            }
        }

        deinit { running.withLockedValue { $0?.cancel() } }

        /// Reads a file with lines of `phone address` or `phone hardware-address`; any
        /// other line makes the file invalid.
        @Sendable static func read(_ bytes: [UInt8]) throws -> [DeviceEntry] {
            try String(decoding: bytes, as: UTF8.self).split(separator: "\n").enumerated().map { number, line in
                let words = line.split(separator: " ").map(String.init)
                guard words.count == 2 else { throw NoEntry(description: "devices:\(number + 1): is no entry") }
                return try words[1].contains(":")
                    ? Entries.entry(phone: words[0], mac: words[1], place: "devices:\(number + 1)")
                    : Entries.entry(phone: words[0], ipv4: words[1], place: "devices:\(number + 1)")
            }
        }

        func write(_ text: String, _ name: String = "devices", inPlace: Bool = false) throws {
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"), options: inPlace ? [] : .atomic)
        }

        /// Lets the directory poll once, and waits until the poll is complete.
        func look() async throws {
            try await eventually { self.clock.sleeperCount == 1 }
            clock.advance(by: .seconds(1))
            try await eventually { self.clock.sleeperCount == 1 }
        }

        /// The reports since the last call.
        var news: [Set<String>] {
            told.withLockedValue { told in
                defer { told = [] }
                return told
            }
        }

        func address(_ phone: String) async throws -> String? {
            try await directory.resolve(Entries.device(phone: phone)).addresses.ipv4?.description
        }
    }

    private struct NoEntry: Error, CustomStringConvertible {
        let description: String
    }

    @Test("entries that change on disk change within a look, and are told twice")
    func changes() async throws {
        try await TemporaryFolder.with { folder in
            try Data("+3611111 10.45.0.1\n+3622222 10.45.0.2\n".utf8).write(to: URL(filePath: folder + "/devices"))
            let world = try World(folder)
            try await world.look()
            #expect(world.news.isEmpty)
            try world.write("+3611111 10.45.0.9\n+3622222 10.45.0.2\n")
            try await world.look()
            #expect(try await world.address("+3611111") == "10.45.0.9")
            #expect(world.news == [["phone:+3611111"]])
            try await world.look()
            #expect(world.news == [["phone:+3611111"]])
            try await world.look()
            #expect(world.news.isEmpty)
            try world.write("+3622222 10.45.0.9\n+3611111 10.45.0.2\n", inPlace: true)
            try await world.look()
            #expect(world.news == [["phone:+3611111", "phone:+3622222"]])
            #expect(try await world.address("+3622222") == "10.45.0.9")
        }
    }

    @Test("a bad file is logged once and changes nothing, until it is good again", arguments: ["+3611111\n", "+3611111 10.45.0.1\n+3611111 10.45.0.2\n"])
    func badFile(text: String) async throws {
        try await TemporaryFolder.with { folder in
            try Data("+3611111 10.45.0.1\n".utf8).write(to: URL(filePath: folder + "/devices"))
            let world = try World(folder)
            try world.write(text)
            for _ in 0..<4 { try await world.look() }
            #expect(try await world.address("+3611111") == "10.45.0.1")
            #expect(world.log.lines.count == 1 && world.log.lines[0].contains("devices:") && world.log.lines[0].hasPrefix("warning"), "\(world.log.lines)")
            #expect(world.news.isEmpty)
            try world.write("+3611111 10.45.0.3\n")
            try await world.look()
            #expect(try await world.address("+3611111") == "10.45.0.3")
            #expect(world.log.lines.contains { $0.contains("can be used again") })
        }
    }

    @Test("a file that is removed changes nothing until it is back")
    func removed() async throws {
        try await TemporaryFolder.with { folder in
            try Data("+3611111 10.45.0.1\n".utf8).write(to: URL(filePath: folder + "/devices"))
            let world = try World(folder)
            try FileManager.default.removeItem(atPath: folder + "/devices")
            for _ in 0..<3 { try await world.look() }
            #expect(try await world.address("+3611111") == "10.45.0.1")
            #expect(world.log.lines.count == 1 && world.log.lines[0].contains("is gone"))
            try world.write("+3611111 10.45.0.2\n")
            try await world.look()
            #expect(try await world.address("+3611111") == "10.45.0.2")
        }
    }

    @Test("a first reading that fails is no directory: the file's, and that of leases that are none")
    func firstReading() async throws {
        try await TemporaryFolder.with { folder in
            let missing = #expect(throws: GatewayDirectoryError.self) { try World(folder) }
            #expect(missing?.description == "devices.file: \(folder)/devices: cannot be read; is it there?")
            try Data("nonsense\n".utf8).write(to: URL(filePath: folder + "/devices"))
            let bad = #expect(throws: GatewayDirectoryError.self) { try World(folder) }
            #expect(bad?.description == "devices.file: devices:1: is no entry")
            try Data("lease 10.0.0.1 {\n".utf8).write(to: URL(filePath: folder + "/leases"))
            let leases = #expect(throws: GatewayDirectoryError.self) { try World(folder, hasFile: false, leases: ["leases"]) }
            #expect(leases?.description == "devices.leases: \(folder)/leases: is a file of leases neither as dnsmasq nor as Kea writes it")
        }
    }

    @Test("leases come, are renewed, run out and go to others; files that are not there yet are waited for")
    func leases() async throws {
        try await TemporaryFolder.with { folder in
            try Data("+3611111 02:00:00:00:00:01\n+3622222 02:00:00:00:00:02\n".utf8).write(to: URL(filePath: folder + "/devices"))
            let world = try World(folder, leases: ["leases"])
            #expect(world.log.lines.count == 1 && world.log.lines[0].contains("is not there yet"))
            #expect(try await world.address("+3611111") == nil)
            let now = world.clock.now.milliseconds / 1000
            try world.write("\(now + 10) 02:00:00:00:00:01 10.45.0.7 * *\n", "leases")
            try await world.look()
            #expect(try await world.address("+3611111") == "10.45.0.7")
            #expect(world.news == [["phone:+3611111", "mac:02:00:00:00:00:01"]])
            for _ in 0..<8 { try await world.look() }
            #expect(try await world.address("+3611111") == "10.45.0.7")
            _ = world.news
            try await world.look()
            #expect(try await world.address("+3611111") == nil, "the lease is over, without a change of the file")
            let former = try Entries.addresses("10.45.0.7")
            #expect(try await world.directory.addresses(of: DeviceKey("phone:+3611111"), formerly: former) == former)
            for _ in 0..<3 { try await world.look() }
            _ = world.news
            // Another device has the address now; the directory reports the former device as well.
            try world.write("\(now + 100) 02:00:00:00:00:02 10.45.0.7 * *\n", "leases", inPlace: true)
            try await world.look()
            #expect(world.news.first == ["phone:+3611111", "mac:02:00:00:00:00:01", "phone:+3622222", "mac:02:00:00:00:00:02"])
            #expect(try await world.directory.addresses(of: DeviceKey("phone:+3611111"), formerly: former).isEmpty)
        }
    }

    @Test("lines that are no leases are logged once for all, and the others are used")
    func badLines() async throws {
        try await TemporaryFolder.with { folder in
            try Data("+3611111 02:00:00:00:00:01\n".utf8).write(to: URL(filePath: folder + "/devices"))
            try Data("0 02:00:00:00:00:01 10.45.0.7 * *\n1 2 3\n".utf8).write(to: URL(filePath: folder + "/leases"))
            let world = try World(folder, leases: ["leases"])
            #expect(try await world.address("+3611111") == "10.45.0.7")
            try world.write("1 2 3\n4 5 6\n0 02:00:00:00:00:01 10.45.0.8 * *\n", "leases")
            for _ in 0..<3 { try await world.look() }
            #expect(try await world.address("+3611111") == "10.45.0.8")
            #expect(world.log.lines.count == 1 && world.log.lines[0].contains("first=2 lines=1") || world.log.lines[0].contains("first=2"), "\(world.log.lines)")
        }
    }

    @Test("a file whose leases have all expired is a warning, once, and an empty one is said, once")
    func useless() async throws {
        try await TemporaryFolder.with { folder in
            try Data("+3611111 02:00:00:00:00:01\n".utf8).write(to: URL(filePath: folder + "/devices"))
            let now = 1_790_000_000
            try Data("\(now - 10) 02:00:00:00:00:01 10.45.0.7 * *\n\(now - 20) 02:00:00:00:00:02 10.45.0.8 * *\n".utf8).write(to: URL(filePath: folder + "/leases"))
            let world = try World(folder, leases: ["leases"])
            #expect(world.clock.now.milliseconds / 1000 == Int64(now))
            for _ in 0..<3 { try await world.look() }
            let warning = "warning: A file of leases gives no device an address file=\(folder)/leases "
                + "reason=all 2 leases have expired; is the DHCP server running, and is this machine's clock right?"
            #expect(world.log.lines == [warning])
            #expect(try await world.address("+3611111") == nil)
            // A good one in between: then the same is worth saying again.
            try world.write("\(now + 60) 02:00:00:00:00:01 10.45.0.7 * *\n", "leases")
            try await world.look()
            #expect(try await world.address("+3611111") == "10.45.0.7")
            try world.write("", "leases")
            for _ in 0..<3 { try await world.look() }
            #expect(world.log.lines == [warning, "info: A file of leases gives no device an address file=\(folder)/leases reason=lists no lease"])
            try world.write("\(now - 10) 02:00:00:00:00:01 10.45.0.7 * *\n\(now - 20) 02:00:00:00:00:02 10.45.0.8 * *\n", "leases")
            for _ in 0..<3 { try await world.look() }
            #expect(world.log.lines.last == warning && world.log.lines.count == 3)
        }
    }

    @Test("a file beside Kea's that cannot be read is logged once, what it said goes on, and then it is used again")
    func keaUnreadable() async throws {
        try await TemporaryFolder.with { folder in
            let header = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n"
            let end = 1_790_000_000 + 100_000
            let old = "\(header)10.45.0.7,02:00:00:00:00:01,,3600,\(end),1,0,0,,0,\n"
            try Data("+3611111 02:00:00:00:00:01\n".utf8).write(to: URL(filePath: folder + "/devices"))
            try Data(header.utf8).write(to: URL(filePath: folder + "/kea"))
            // No user can read a folder as a file, not even root.
            try FileManager.default.createDirectory(atPath: folder + "/kea.2", withIntermediateDirectories: false)
            let world = try World(folder, leases: ["kea"])
            for _ in 0..<3 { try await world.look() }
            #expect(world.log.lines.count == 1 && world.log.lines[0].hasPrefix("warning"), "\(world.log.lines)")
            #expect(world.log.lines[0].contains("reason=a file that Kea keeps beside it: \(folder)/kea.2: is not a regular file"), "\(world.log.lines)")
            try FileManager.default.removeItem(atPath: folder + "/kea.2")
            try world.write(old, "kea.2")
            try await world.look()
            #expect(try await world.address("+3611111") == "10.45.0.7")
            #expect(world.log.lines.contains { $0.contains("can be used again") })
            try FileManager.default.removeItem(atPath: folder + "/kea.2")
            try FileManager.default.createDirectory(atPath: folder + "/kea.2", withIntermediateDirectories: false)
            for _ in 0..<3 { try await world.look() }
            #expect(try await world.address("+3611111") == "10.45.0.7")
            #expect(world.log.lines.count { $0.contains("is not a regular file") } == 2, "\(world.log.lines)")
        }
    }

    @Test("Kea's clean-up of its file loses no lease at any of its steps")
    func keaCleanUp() async throws {
        try await TemporaryFolder.with { folder in
            let header = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n"
            let end = 1_790_000_000 + 100_000
            try Data("+3611111 02:00:00:00:00:01\n+3622222 02:00:00:00:00:02\n".utf8).write(to: URL(filePath: folder + "/devices"))
            try Data("\(header)10.45.0.7,02:00:00:00:00:01,,3600,\(end),1,0,0,,0,\n".utf8).write(to: URL(filePath: folder + "/kea"))
            let world = try World(folder, leases: ["kea"])
            func move(_ from: String, _ to: String) throws { #expect(rename("\(folder)/\(from)", "\(folder)/\(to)") == 0) }
            func check(_ step: String) async throws {
                try await world.look()
                #expect(try await world.address("+3611111") == "10.45.0.7", "\(step)")
            }
            try await check("before")
            try move("kea", "kea.1")
            try world.write(header + "10.45.0.8,02:00:00:00:00:02,,3600,\(end),1,0,0,,0,\n", "kea")
            try await check("moved")
            #expect(try await world.address("+3622222") == "10.45.0.8")
            try world.write("\(header)10.45.0.7,02:00:00:00:00:01,,3600,\(end),1,0,0,,0,\n", "kea.output")
            try await check("written")
            try move("kea.output", "kea.completed")
            try await check("completed")
            try FileManager.default.removeItem(atPath: folder + "/kea.1")
            try await check("removed")
            try move("kea.completed", "kea.2")
            try await check("done")
            try world.write(header + "10.45.0.7,02:00:00:00:00:01,,0,\(end),1,0,0,,2,\n", "kea")
            try await world.look()
            #expect(try await world.address("+3611111") == nil, "what the current file takes away counts")
        }
    }
}
