import QualityOnDemand
import Testing

@testable import Lab
@testable import NACCommands

@Suite struct LabTopologyTests {
    @Test func `devices have the addresses of the sandbox's test devices`() {
        #expect(LabTopology.ipv4(device: 1) == "10.45.4.1" && LabTopology.ipv6(device: 1) == "2001:db8:45::1000")
        #expect(LabTopology.ipv4(device: 32) == "10.45.4.32" && LabTopology.ipv6(device: 32) == "2001:db8:45::1031")
    }

    @Test func `every address of a device is in the subnets that the platform is told`() throws {
        let subnets = try LabTopology.deviceSubnets.map { try $0.contains(":") ? IPSubnet(ipv6: $0) : IPSubnet(ipv4: $0) }
        for number in 1...32 {
            let addresses = [try IPSubnet(ipv4: LabTopology.ipv4(device: number)), try IPSubnet(ipv6: LabTopology.ipv6(device: number))]
            for address in addresses { #expect(subnets.contains { $0.overlaps(address) }) }
        }
        for address in [LabTopology.serviceIPv4, LabTopology.gatewayIPv4] {
            let address = try IPSubnet(ipv4: address)
            #expect(!subnets.contains { $0.overlaps(address) })
        }
        let service = try IPSubnet(ipv6: LabTopology.serviceIPv6)
        #expect(!subnets.contains { $0.overlaps(service) })
    }

    @Test func `each device has two ports of iperf3 of its own`() {
        var topology = LabTopology()
        topology.devices = 32
        let ports = (1...32).flatMap { [LabTopology.iperfPorts(device: $0).first, LabTopology.iperfPorts(device: $0).second] }
        #expect(Set(ports).count == 64 && ports.min() == topology.iperfPorts.lowerBound && ports.max() == topology.iperfPorts.upperBound)
    }

    @Test(arguments: [
        (1, "100Mbps", nil, "--devices: 1 is not in 2...32"), (33, "100Mbps", nil, "--devices: 33 is not in 2...32"),
        (4, "fast", nil, "--cell: \"fast\" is not a rate such as 100Mbps; units are bps, kbps, Mbps, Gbps, Tbps"),
        (4, "100kbps", nil, "--cell: 100kbps is not between 1Mbps and 10Gbps"), (4, "100Mbps", "11Gbps", "--uplink: 11Gbps is not between 1Mbps and 10Gbps"),
        (4, "1e300Mbps", nil, "--cell: \"1e300Mbps\" is not a rate such as 100Mbps; units are bps, kbps, Mbps, Gbps, Tbps"),
    ] as [(Int, String, String?, String)])
    func `what cannot be made is named, with what is allowed`(devices: Int, cell: String, uplink: String?, error: String) {
        let found = #expect(throws: InvalidValue.self) {
            try LabTopology(devices: devices, cell: cell, uplink: uplink, translatesAddresses: false)
        }
        #expect(found?.description == error)
    }

    @Test func `the uplink is as wide as the cell unless it is said`() throws {
        #expect(try LabTopology(devices: 2, cell: "1.5Gbps", uplink: nil, translatesAddresses: false).uplink == 1_500_000_000)
        let topology = try LabTopology(devices: 2, cell: "50Mbps", uplink: "10Mbps", translatesAddresses: true)
        #expect(topology.cell == 50_000_000 && topology.uplink == 10_000_000 && topology.translatesAddresses)
    }

    @Test func `places are read back from their names, and nothing else is`() {
        var topology = LabTopology()
        topology.devices = 32
        for place in topology.places { #expect(LabPlace(name: place.name) == place) }
        for name in ["", "device", "device-", "device-0", "device-33", "device-01", "device--1", "device-1 ", "gateway-1", "Gateway"] {
            #expect(LabPlace(name: name) == nil, "\(name)")
        }
    }
}

@Suite struct LabNameTests {
    @Test func `a lab knows its namespaces, and takes no other's for its own`() throws {
        let (usual, second) = (LabName.standard, try LabName("second"))
        #expect(usual.namespace(.device(3)) == "nac-lab-device-3" && second.namespace(.gateway) == "nac-lab-second-gateway")
        #expect(usual.place(namespace: "nac-lab-device-3") == .device(3))
        for foreign in ["nac-lab", "nac-lab-", "nac-lab-second-gateway", "nac-lab-mine", "my-nac-lab-gateway", "nac-lab-gateway2", "gateway", "nac-1234-g"] {
            #expect(usual.place(namespace: foreign) == nil, "\(foreign)")
        }
        #expect(second.place(namespace: "nac-lab-second-cell") == .cell && second.place(namespace: "nac-lab-cell") == nil)
    }

    @Test(arguments: ["", "a-b", "UP", "../x", "a b", "abcdefghijklm", "ä"])
    func `names that could mean something else are refused`(name: String) {
        #expect(throws: InvalidValue.self) { try LabName(name) }
    }
}
