import QoDTestSupport
import QualityOnDemand

/// A flow in a universe so small that a test can check every packet: 4 addresses of each family,
/// ports 0 to 4 at either end. The model decides from the drawn values whether a packet belongs to
/// the flow, without the code under test.
struct FlowModel {
    /// `base` is one of the family's 4 addresses, `length` the length of a prefix of the family.
    struct Net {
        var isIPv6: Bool
        var base: Int
        var length: Int

        /// All bits before the last two are the same in the whole universe.
        func contains(_ address: Int) -> Bool {
            let free = max((isIPv6 ? 128 : 32) - length, 0)
            return free >= 2 || address >> free == base >> free
        }

        var text: String { isIPv6 ? "2001:db8::\(base)/\(length)" : "10.0.0.\(base)/\(length)" }
        var single: String { isIPv6 ? "2001:db8::\(base)" : "10.0.0.\(base)" }
    }

    static let ports = 0..<5

    var nets: [Net]
    var isList: Bool
    /// `nil` means all ports.
    var serverPorts: Set<Int>?
    var devicePorts: Set<Int>?
    private var serverSpec: PortsSpec?
    private var deviceSpec: PortsSpec?

    init(_ random: inout SeededGenerator) {
        isList = random.oneIn(3)
        nets = []
        if isList {
            for index in 0..<8 where random.oneIn(4) || (index == 7 && nets.isEmpty) {
                nets.append(Net(isIPv6: index >= 4, base: index % 4, length: index >= 4 ? 128 : 32))
            }
        } else {
            let families = random.int(in: 0...2)
            for isIPv6 in [false, true] where families == 2 || isIPv6 == (families == 1) {
                let full = isIPv6 ? 128 : 32
                let length = random.oneIn(6) ? random.int(in: 0...full) : full - random.int(in: 0...2)
                nets.append(Net(isIPv6: isIPv6, base: random.int(in: 0...3), length: length))
            }
        }
        (serverPorts, serverSpec) = Self.portList(&random)
        (devicePorts, deviceSpec) = Self.portList(&random)
    }

    private static func portList(_ random: inout SeededGenerator) -> (Set<Int>?, PortsSpec?) {
        guard !random.oneIn(3) else { return (nil, nil) }
        let spec = random.oneIn(2) ? random.portsSpec(in: 1...3) : try! PortsSpec(ports: [UInt16(random.int(in: 1...3))])
        return (Set((spec.ports + spec.ranges.flatMap { Array($0.first...$0.last) }).map(Int.init)), spec)
    }

    /// The same flow as a value of the code under test.
    var flow: Flow {
        get throws {
            let server = try isList
                ? ApplicationServer(ipAddresses: nets.map(\.single))
                : ApplicationServer(ipv4Address: nets.first { !$0.isIPv6 }?.text, ipv6Address: nets.first { $0.isIPv6 }?.text)
            return Flow(applicationServer: server, applicationServerPorts: serverSpec, devicePorts: deviceSpec)
        }
    }

    private func contains(isIPv6: Bool, address: Int) -> Bool {
        nets.contains { $0.isIPv6 == isIPv6 && $0.contains(address) }
    }

    /// Whether each packet of the universe belongs to the flow.
    var packets: [Bool] {
        var packets: [Bool] = []
        packets.reserveCapacity(200)
        for isIPv6 in [false, true] {
            for address in 0..<4 {
                let isAddressed = contains(isIPv6: isIPv6, address: address)
                for serverPort in Self.ports {
                    let reachesServer = isAddressed && (serverPorts?.contains(serverPort) ?? true)
                    for devicePort in Self.ports {
                        packets.append(reachesServer && (devicePorts?.contains(devicePort) ?? true))
                    }
                }
            }
        }
        return packets
    }
}
