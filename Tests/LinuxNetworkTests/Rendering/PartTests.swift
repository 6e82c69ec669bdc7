import QualityOnDemand
import Testing

@testable import LinuxNetwork

@Suite("Parts of maps")
struct PartTests {
    /// The number of devices in the fullest part.
    private func fullest(_ devices: [IPSubnet]) -> Int {
        let parts = devices.map { device in
            FilterText.Part(TrafficMatch(device: device, server: .every(device.family), ports: nil))
        }
        return Dictionary(grouping: parts, by: \.self).values.map(\.count).max() ?? 0
    }

    @Test("have about as many devices each, whichever way addresses are given out", arguments: [
        "10.45.%h.%l", "10.%h.%l.1", "%h.%l.0.1", "2001:db8:45::%x", "2001:db8:45:%x::", "2001:db8:%x::1",
    ])
    func even(_ pattern: String) throws {
        let devices = try (0..<10_000).map { index in
            let text = pattern.replacing("%h", with: "\(index / 256)").replacing("%l", with: "\(index % 256)").replacing("%x", with: String(index, radix: 16))
            return pattern.contains(":") ? try IPSubnet(ipv6: text) : try IPSubnet(ipv4: text)
        }
        #expect(fullest(devices) < 10_000 / FilterText.Part.count * 3 / 2)
    }

    @Test("are found by their names, and by no other")
    func names() {
        #expect(FilterText.Part.all.allSatisfy { FilterText.Part(name: $0.name) == $0 })
        #expect(Set(FilterText.Part.all.map(\.name)).count == FilterText.Part.all.count)
        for name in ["subnets4", "ports6-32", "exact4-0", "sessions", ""] { #expect(FilterText.Part(name: name) == nil) }
    }
}
