import Testing

@testable import LinuxNetwork

@Suite("The Linux network's configuration")
struct LinuxNetworkConfigurationTests {
    @Test(
        "names what cannot work",
        arguments: [
            ("", "wan0", 1_000_000, 10, "downlink: \"\" is not the name of an interface"),
            ("ran0; x", "wan0", 1_000_000, 10, "downlink: \"ran0; x\" is not"), ("ran0", "-wan", 1_000_000, 10, "uplink: \"-wan\" is not"),
            ("ran0", "interface-too-long", 1_000_000, 10, "uplink"), ("ran0", "ran0", 1_000_000, 10, "a gateway needs two interfaces"),
            ("ran0", "wan0", 99_999, 10, "is not between 100 kbit/s and 1 Tbit/s"), ("ran0", "wan0", 1_000_000, 100, "is not in 0...99"),
        ])
    func invalid(_ down: String, _ up: String, _ capacity: Int, _ reserve: Int, _ expected: String) {
        let error = #expect(throws: LinuxNetworkConfigurationError.self) {
            try LinuxNetworkConfiguration(
                downlink: .init(interface: down, capacity: capacity), uplink: .init(interface: up, capacity: capacity), reservePercent: reserve)
        }
        #expect(error?.description.contains(expected) == true)
    }
}
