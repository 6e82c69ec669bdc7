import Foundation
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import Platform

@Suite("The sites of a configuration")
struct SiteListTests {
    private func read(_ yaml: String, environment: [String: String] = [:], flags: [String: String] = [:]) throws -> PlatformSettings {
        let file = FileManager.default.temporaryDirectory.appending(path: "nac-\(UUID().uuidString).yaml").path()
        try yaml.write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        return try SettingsReader(flags: flags, environment: environment, file: file).read()
    }

    private static let two = """
        limits: { answerWait: 100 }
        sites:
          - name: north
            network: { driver: linux, downlink: { interface: ran0, capacity: 100Mbps }, uplink: { interface: wan0, capacity: 50Mbps } }
            devices: { subnets: [10.45.0.0/16], static: [ { phoneNumber: "+36721601234567", ipv4Address: 10.45.0.2 } ] }
            limits: { giveUpAfter: 20 }
          - name: east-2
            network: { timeout: 7, reconcileInterval: 9 }
            profiles: { file: east.yaml }
        """

    @Test func `each has its network, its devices and its own values; the others are the platform's`() throws {
        let settings = try read(Self.two)
        #expect(settings.allSites.map(\.name.description) == ["north", "east-2"])
        let (north, east) = (settings.sites[0], settings.sites[1])
        #expect(north.network.driver == .linux && north.network.downlink.capacity == 100_000_000)
        #expect(north.network.uplink.interface == "wan0" && north.network.name == "north")
        #expect(north.network.devices.subnets == ["10.45.0.0/16"] && north.network.devices.entries.count == 1)
        #expect(north.engine.answerWait == .milliseconds(100) && north.engine.timing.giveUpAfter == 20)
        #expect(north.profilesFile == nil)
        #expect(east.network.driver == .simulated && east.network.devices.subnets.isEmpty)
        #expect(east.engine.networkTimeout == .seconds(7) && east.engine.reconcileInterval == .seconds(9))
        #expect(east.engine.timing.giveUpAfter == 300 && east.profilesFile == "east.yaml")
    }

    @Test func `a configuration without them is one site called default`() throws {
        let settings = try read("network: { timeout: 7 }\nlimits: { giveUpAfter: 9 }")
        #expect(settings.allSites.map(\.name) == [.default])
        #expect(settings.allSites[0].engine.networkTimeout == .seconds(7) && settings.allSites[0].engine.timing.giveUpAfter == 9)
        #expect(settings.allSites[0].network.name == nil)
    }

    @Test func `in the environment they are JSON`() throws {
        let settings = try read("log: { level: info }", environment: ["NAC_SITES": #"[{"name": "a"}, {"name": "b", "network": {"journal": "j"}}]"#])
        #expect(settings.sites.map(\.name.description) == ["a", "b"] && settings.sites[1].network.journal == "j")
    }

    @Test(arguments: [
        ("sites: { north: { network: {} } }", "sites: is a mapping; a list is needed, with a - before each element"),
        ("sites: []", "sites: is not a list of sites such as"), ("sites: [north]", "sites[0]: is not a mapping"),
        ("sites: [ {} ]", "sites[0].name: is missing"), ("sites: [ { name: North } ]", "sites[0].name: \"North\" is not a site's name"),
        ("sites: [ { name: a }, { name: a } ]", "sites[1].name: a is the name of another site"),
        ("sites: [ { name: a, network: { driver: radio } } ]", "sites[0].network.driver: \"radio\" is not one of"),
        ("sites: [ { name: a, netwerk: { driver: linux } } ]", "sites[0].netwerk: is not a setting of a site"),
        ("sites: [ { name: a, network: { drivers: linux } } ]", "did you mean network.driver?"),
        ("sites: [ { name: a, server: { port: 1 } } ]", "sites[0].server: is not a setting of a site"),
        ("sites: [ { name: a, devices: { nat: conntrack } } ]", "sites[0].devices.nat: has no effect without"),
        ("sites: [ { name: a, devices: { static: [ { ipv4Address: x } ] } } ]", "sites[0].devices.static[0].ipv4Address"),
        ("sites: [ { name: a, network: { journal: j } }, { name: b, network: { journal: j } } ]", "sites[1].network.journal: another site"),
        ("sites: [ { name: a } ]\nnetwork: { driver: linux }", "sites: is given, and network.driver too"),
        ("sites: [ { name: a } ]\ndevices: { subnets: [10.0.0.0/8] }", "sites: is given, and devices.subnets too"),
    ])
    func `a mistake is told with its place`(yaml: String, message: String) {
        let error = #expect(throws: SettingError.self) { try read(yaml) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test func `a flag for the only network does not go with them`() {
        let error = #expect(throws: SettingError.self) { try read(Self.two, flags: ["network.driver": "linux"]) }
        #expect(error?.description.contains("sites: is given, and network.driver too") == true)
    }
}
