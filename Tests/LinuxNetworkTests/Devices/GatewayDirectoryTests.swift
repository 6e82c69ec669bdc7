import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("The directory of a gateway")
struct GatewayDirectoryTests {
    @Test("keeps the contract of a directory", arguments: DeviceDirectoryConformance.checks)
    func conformance(_ check: DeviceDirectoryConformance.Check) async throws {
        let entry = try Entries.entry(phone: Entries.phone, name: Entries.name, ipv4: "10.99.0.2", ipv6: "2001:db8:99::2")
        let subjects = DeviceDirectoryConformance.Subjects(
            device: [
                try Entries.device(phone: Entries.phone), try Entries.device(name: Entries.name), try Entries.device(ipv4: "10.99.0.2"),
                try Entries.device(ipv6: "2001:db8:99::2"),
            ],
            other: try Entries.device(ipv4: "10.45.0.2"), stranger: try Entries.device(phone: "+3699999999"))
        try await check.run(try Entries.directory([entry]), subjects)
    }

    @Test("takes an address in a subnet for a device that stands for itself")
    func addresses() async throws {
        let directory = try Entries.directory()
        let device = try await directory.resolve(Entries.device(ipv4: "10.45.0.2"))
        #expect(device == ResolvedDevice(key: DeviceKey("10.45.0.2"), identifiedBy: .ipv4Address, addresses: try Entries.addresses("10.45.0.2")))
        let other = try await directory.resolve(Entries.device(ipv6: "2001:db8:45::2"))
        #expect(other.key == DeviceKey("2001:db8:45::2") && other.identifiedBy == .ipv6Address)
        #expect(other.addresses == (try Entries.addresses(nil, "2001:db8:45::2")))
    }

    @Test("goes by the private address before the public one, and gives one key to both")
    func privateFirst() async throws {
        let directory = try Entries.directory()
        #expect(try await directory.resolve(Entries.device(ipv4: "203.0.113.1", private: "10.45.0.2", port: nil)).key == DeviceKey("10.45.0.2"))
        #expect(try await directory.resolve(Entries.device(ipv4: "10.45.0.2", private: "192.0.2.1", port: nil)).key == DeviceKey("10.45.0.2"))
    }

    @Test("does not know addresses elsewhere, nor numbers and names that are entered nowhere")
    func unknown() async throws {
        let directory = try Entries.directory([try Entries.entry(phone: "+3612345678", ipv4: "10.99.0.1")])
        let devices = [
            try Entries.device(ipv4: "203.0.113.1"), try Entries.device(ipv4: "203.0.113.1", private: "10.46.0.1"),
            try Entries.device(ipv6: "2001:db8:46::2"), try Entries.device(phone: Entries.phone), try Entries.device(name: "a@b.example"),
        ]
        for device in devices {
            await #expect(throws: DirectoryError.notFound) { try await directory.resolve(device) }
        }
    }

    @Test("an entry is one device, by whichever of its identifiers and addresses it is named", arguments: [
        (phone: true, name: true, "phone:+36721601234567"), (false, true, "nai:cam-1@site.example"), (false, false, "10.45.0.2"),
    ])
    func oneDevice(phone: Bool, name: Bool, key: String) async throws {
        let entry = try Entries.entry(
            phone: phone ? Entries.phone : nil, name: name ? Entries.name : nil, ipv4: "10.45.0.2", ipv6: "2001:db8:99::2")
        let directory = try Entries.directory([entry])
        var devices = [
            try Entries.device(ipv4: "10.45.0.2"), try Entries.device(ipv4: "203.0.113.1", private: "10.45.0.2"),
            try Entries.device(ipv6: "2001:db8:99:0::2"),
        ]
        if phone { devices.append(try Entries.device(phone: Entries.phone)) }
        if name { devices += [try Entries.device(name: Entries.name), try Entries.device(name: "cam-1@SITE.example")] }
        for device in devices {
            let found = try await directory.resolve(device)
            let addresses = try Entries.addresses("10.45.0.2", "2001:db8:99::2")
            #expect(found.key == DeviceKey(key) && found.addresses == addresses)
        }
        if name { await #expect(throws: DirectoryError.notFound) { try await directory.resolve(Entries.device(name: "CAM-1@site.example")) } }
    }

    @Test("keeps the key of a device whose addresses are others, or that is entered at another place")
    func stableKeys() async throws {
        let device = try Entries.device(phone: Entries.phone)
        let first = try Entries.directory([try Entries.entry(phone: Entries.phone, ipv4: "10.45.0.2")])
        let second = try Entries.directory([
            try Entries.entry(phone: "+3612345678", ipv4: "10.45.0.2"), try Entries.entry(phone: Entries.phone, name: Entries.name, ipv4: "10.45.0.3"),
        ])
        #expect(try await first.resolve(device).key == second.resolve(device).key)
        #expect(try await second.resolve(Entries.device(ipv4: "10.45.0.2")).key == DeviceKey("phone:+3612345678"))
    }

    @Test("knows a device that has no address now, and says that it has none")
    func notConnected() async throws {
        let directory = try Entries.directory([try Entries.entry(phone: Entries.phone, mac: "02:00:00:00:00:01")]) { $0.leases = ["/nonexistent/leases"] }
        let found = try await directory.resolve(Entries.device(phone: Entries.phone))
        #expect(found.key == DeviceKey("phone:\(Entries.phone)") && found.addresses.isEmpty)
    }

    @Test("of several identifiers the first that is known counts: IPv4, IPv6, phone number, name")
    func precedence() async throws {
        var random = SeededGenerator(seed: 20)
        var entries: [DeviceEntry] = []
        for index in 0..<40 {
            entries.append(try Entries.entry(
                phone: "+361234\(1000 + index)", name: "d\(index)@site.example", ipv4: "10.45.1.\(index)", ipv6: "2001:db8:45::\(index + 1)"))
        }
        let directory = try Entries.directory(entries)
        for round in 0..<2000 {
            // Each identifier is given or missing, known or unknown, and from any device.
            func pick() -> Int? { random.oneIn(3) ? nil : random.oneIn(3) ? 99 : random.int(in: 0...39) }
            let (v4, v6, phone, name) = (pick(), pick(), pick(), pick())
            guard [v4, v6, phone, name].contains(where: { $0 != nil }) else { continue }
            let device = try Entries.device(
                phone: phone.map { $0 == 99 ? "+4999999999" : "+361234\(1000 + $0)" }, name: name.map { "d\($0)@site.example" },
                ipv4: v4.map { $0 == 99 ? "203.0.113.9" : "10.45.1.\($0)" }, ipv6: v6.map { $0 == 99 ? "2001:db8:46::1" : "2001:db8:45::\($0 + 1)" })
            let kinds: [(Int?, Device.IdentifierKind)] = [(v4, .ipv4Address), (v6, .ipv6Address), (phone, .phoneNumber), (name, .networkAccessIdentifier)]
            guard let expected = kinds.first(where: { $0.0 != nil && $0.0 != 99 }) else {
                await #expect(throws: DirectoryError.notFound, "round \(round)") { try await directory.resolve(device) }
                continue
            }
            let found = try await directory.resolve(device)
            #expect(found.identifiedBy == expected.1 && found.key == DeviceKey("phone:+361234\(1000 + expected.0!)"), "round \(round)")
        }
    }

    @Test("entries that say too little or contradict each other are refused by their places", arguments: [
        ([["place": "a"]], "a: names no identifier and no address; ipv4Address or ipv6Address is needed"),
        ([["place": "a", "phone": "+3612345"]], "a: names no address"),
        ([["phone": "+3612345", "ipv4": "10.0.0.1", "place": "a"], ["phone": "+3612345", "ipv4": "10.0.0.2", "place": "b"]], "b.phoneNumber: +3612345 is also that of a; each device needs its own"),
        ([["ipv4": "10.0.0.1", "place": "a"], ["phone": "+3612345", "ipv4": "10.0.0.1", "place": "b"]], "b.ipv4Address: 10.0.0.1 is also that of a; each device needs its own"),
        ([["ipv6": "2001:db8::1", "place": "a"], ["ipv6": "2001:DB8:0::1", "place": "b"]], "b.ipv6Address: 2001:db8::1 is also that of a; each device needs its own"),
        ([["name": "x@Y.example", "ipv4": "10.0.0.1", "place": "a"], ["name": "x@y.example", "ipv4": "10.0.0.2", "place": "b"]], "b.networkAccessIdentifier: x@y.example is also that of a; each device needs its own"),
        ([["mac": "02:00:00:00:00:01", "place": "a"], ["mac": "2-0-0-0-0-1", "place": "b"]], "b.hardwareAddress: 02:00:00:00:00:01 is also that of a; each device needs its own"),
        ([["host": "Cam", "place": "a"], ["host": "cam.", "place": "b"]], "b.hostname: cam is also that of a; each device needs its own"),
    ])
    func contradictions(texts: [[String: String]], message: String) throws {
        let entries = try texts.map {
            try Entries.entry(
                phone: $0["phone"], name: $0["name"], ipv4: $0["ipv4"], ipv6: $0["ipv6"], mac: $0["mac"], host: $0["host"], place: $0["place"] ?? "")
        }
        let error = #expect(throws: GatewayDirectoryError.self) { try Entries.directory(entries) { $0.leases = ["/nonexistent/leases"] } }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test("an entry that waits for a lease needs a file of leases")
    func leaseWithoutFile() throws {
        let entry = try Entries.entry(phone: Entries.phone, host: "cam", place: "devices.static[0]")
        #expect(throws: GatewayDirectoryError("devices.static[0]: needs a lease for its address, but devices.leases names no file of leases")) {
            try Entries.directory([entry])
        }
    }
}
