import Foundation
import QoDServer
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import Platform

@Suite struct DeviceListTests {
    private func read(_ text: String) throws -> [DeviceEntry] { try DeviceList.entries(of: "d.yaml", Array(text.utf8)) }

    @Test func `entries are read from YAML and from JSON, each with its place`() throws {
        let yaml = """
            # two devices
            - { phoneNumber: "+36721601234567", networkAccessIdentifier: cam-1@site.example, ipv4Address: 10.45.0.2, ipv6Address: "2001:db8:45::2" }

            - phoneNumber: +36721601234568
              hardwareAddress: 02-00-00-00-00-0A
              hostname: cam-2
              ipv6Address: null
            """
        let entries = try read(yaml)
        #expect(entries.map(\.phoneNumber?.description) == ["+36721601234567", "+36721601234568"])
        #expect(entries[0].ipv4Address?.description == "10.45.0.2" && entries[0].ipv6Address?.description == "2001:db8:45::2")
        #expect(entries[0].networkAccessIdentifier?.description == "cam-1@site.example")
        #expect(entries[1].hardwareAddress?.description == "02:00:00:00:00:0a" && entries[1].hostname == "cam-2" && entries[1].ipv6Address == nil)
        #expect(entries.map(\.place) == ["d.yaml:2: [0]", "d.yaml:4: [1]"])
        #expect(try read(#"[{"phoneNumber":"+3612345678","ipv4Address":"10.0.0.1"}]"#).count == 1)
        for empty in ["", "[]", "# nothing\n", "null", "\u{feff}"] { #expect(try read(empty).isEmpty) }
    }

    @Test(arguments: [
        ("- a: [", "d.yaml: is not YAML"), ("devices: []", "d.yaml: a list of devices is needed"), ("just text", "d.yaml: a list of devices is needed"),
        ("- 10.0.0.1", "d.yaml:1: [0]: is not a mapping of phoneNumber, networkAccessIdentifier"),
        ("- {ipv4Address: 10.0.0.1}\n- {ipv4: 10.0.0.1}", "d.yaml:2: [1].ipv4: is not known; there are phoneNumber, "),
        ("- {phoneNumber: \"0036\"}", "d.yaml:1: [0].phoneNumber: \"0036\" is not a phone number in international format"),
        ("- {ipv4Address: 10.0.0.0/24}", "d.yaml:1: [0].ipv4Address: \"10.0.0.0/24\" is a subnet; an IPv4 device has one address"),
        ("- {ipv6Address: fe80::1%eth0}", "d.yaml:1: [0].ipv6Address: "), ("- {ipv4Address: [10.0.0.1]}", "d.yaml:1: [0].ipv4Address: is not a text"),
        ("- {hardwareAddress: 1.2}", "d.yaml:1: [0].hardwareAddress: \"1.2\" is not a hardware address"),
        ("- {networkAccessIdentifier: \"\"}", "d.yaml:1: [0].networkAccessIdentifier: is empty"),
        ("- {hostname: a b}", "d.yaml:1: [0].hostname: \"a b\" is not a host's name"), ("- {[a]: b}", "d.yaml:1: [0].?: is not known"),
        ("- {ipv4Address: 10.0.0.1, ipv4Address: 10.0.0.2}", "d.yaml: is not YAML"), ("\0", "d.yaml: is not YAML"),
        // Nested aliases, which expand to many entries.
        ("a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b]", "d.yaml: a list"),
    ])
    func `what is wrong is told with file, line, entry and what is allowed`(text: String, message: String) {
        let error = #expect(throws: SettingError.self) { try read(text) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test func `aliases do not make a small file a large one`() {
        let levels = (1...30).map { "- &l\($0) [\(Array(repeating: "*l\($0 - 1)", count: 10).joined(separator: ","))]" }
        let error = #expect(throws: SettingError.self) { try read("- &l0 [x]\n" + levels.joined(separator: "\n")) }
        #expect(error?.description.hasPrefix("d.yaml:1: [0]: is not a mapping") == true, "\(error?.description ?? "")")
    }

    @Test func `what is no UTF-8 is told`() {
        for bytes in [[0xff, 0xfe, 0x2d], [0xff, 0xfe, 0x00, 0xd8], [0xef, 0xbb, 0xbf, 0xff], [0x2d, 0x20, 0xc3, 0x28], [0xed, 0xa0, 0x80]] as [[UInt8]] {
            #expect(throws: SettingError("d.yaml: is not text in UTF-8")) { try DeviceList.entries(of: "d.yaml", bytes) }
        }
    }

    @Test func `devices are set in the file, the environment and flags, and errors name the key and the entry`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "nac-\(UUID().uuidString).yaml").path()
        defer { try? FileManager.default.removeItem(atPath: file) }
        let yaml = """
            devices:
              subnets: [10.45.0.0/16]
              static:
                - { phoneNumber: "+36721601234567", ipv6Address: "2001:db8:45::2" }
                - { networkAccessIdentifier: cam-1@site.example, hardwareAddress: 02:00:00:00:00:01 }
              file: devices.yaml
              leases: [dnsmasq.leases, /var/lib/kea/kea-leases4.csv]
              nat: conntrack
            """
        try yaml.write(toFile: file, atomically: true, encoding: .utf8)
        func settings(_ flags: [String: String] = [:], _ environment: [String: String] = [:], _ file: String? = file) throws -> DeviceSettings {
            try SettingsReader(flags: flags, environment: environment, file: file).read().network.devices
        }
        let read = try settings()
        #expect(read.entries.map(\.place) == ["devices.static[0]", "devices.static[1]"] && read.entries[1].hardwareAddress != nil)
        #expect(read.file == "devices.yaml" && read.leases == ["dnsmasq.leases", "/var/lib/kea/kea-leases4.csv"] && read.nat == .conntrack)
        #expect(try settings(["devices.nat": "none", "devices.leases": "a"]).leases == ["a"])
        let json = ["NAC_DEVICES_STATIC": #"[{"ipv4Address":"10.0.0.1"}]"#]
        #expect(try settings([:], json).entries.map(\.ipv4Address?.description) == ["10.0.0.1"])
        let error = #expect(throws: SettingError.self) { try settings([:], ["NAC_DEVICES_STATIC": "[{ipv4Address: 10.0.0.1}, {phoneNumber: x}]"]) }
        #expect(error?.description.hasPrefix("devices.static[1].phoneNumber: \"x\" is not a phone number") == true, "\(error?.description ?? "")")
        let lonely = #expect(throws: SettingError.self) { try settings([:], ["NAC_DEVICES_LEASES": "a"], nil) }
        #expect(lonely?.description.hasPrefix("devices.leases: has no effect without") == true)
        let nat = #expect(throws: SettingError.self) { try settings([:], ["NAC_DEVICES_NAT": "conntrack"], nil) }
        #expect(nat?.description.hasPrefix("devices.nat: has no effect without") == true)
    }
}
