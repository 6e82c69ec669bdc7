public import QualityOnDemand

/// Random flows and devices. All values are valid, so their initializers never throw.
extension SeededGenerator {
    /// A service in either form, with 1 to 16 addresses.
    public mutating func applicationServer() -> ApplicationServer {
        if oneIn(3) {
            var seen: Set<IPSubnet> = []
            var texts: [String] = []
            for _ in 0..<(oneIn(4) ? ApplicationServer.maximumAddresses : int(in: 1...4)) {
                let (subnet, text) = singleAddress()
                if seen.insert(subnet).inserted { texts.append(text) }
            }
            return try! ApplicationServer(ipAddresses: texts)
        }
        let families = int(in: 0...2)
        let ipv4Address = families == 1 ? nil : "\(IPSubnet.containing(ipv4Address(), prefixLength: int(in: 0...32)))"
        let ipv6Address = families == 0 ? nil : "\(IPSubnet.containing(ipv6Address(), prefixLength: int(in: 0...128)))"
        return try! ApplicationServer(ipv4Address: ipv4Address, ipv6Address: ipv6Address)
    }

    private mutating func singleAddress() -> (IPSubnet, String) {
        if oneIn(2) {
            let address = ipv4Address()
            return (.ipv4(address, prefixLength: 32), address.description)
        }
        let address = ipv6Address()
        return (.ipv6(address, prefixLength: 128), address.description)
    }

    /// One to eight ports and ranges of `universe`, in any order. They can overlap.
    public mutating func portsSpec(in universe: ClosedRange<UInt16> = 1...65535) -> PortsSpec {
        var ranges: [PortRange] = []
        var ports: [UInt16] = []
        for _ in 0..<int(in: 1...8) {
            let first = UInt16.random(in: universe, using: &self)
            if oneIn(2) {
                ports.append(first)
            } else {
                let width = UInt16.random(in: 0...(universe.upperBound - first), using: &self)
                ranges.append(try! PortRange(first: first, last: first + (oneIn(3) ? width : min(width, 3))))
            }
        }
        return try! PortsSpec(ranges: ranges, ports: ports)
    }

    /// A flow. At each end, one in three flows has all ports.
    public mutating func flow() -> Flow {
        Flow(
            applicationServer: applicationServer(),
            applicationServerPorts: oneIn(3) ? nil : portsSpec(),
            devicePorts: oneIn(3) ? nil : portsSpec())
    }

    /// A device with one identifier or several.
    public mutating func device() -> Device {
        let kinds = int(in: 1...15)
        return try! Device(
            phoneNumber: kinds & 1 == 0 ? nil : phoneNumber(),
            networkAccessIdentifier: kinds & 2 == 0 ? nil : networkAccessIdentifier(),
            ipv4Address: kinds & 4 == 0 ? nil : deviceIPv4Address(),
            ipv6Address: kinds & 8 == 0 ? nil : DeviceIPv6Address(ipv6Address().description))
    }

    /// A phone number of 5 to 15 digits.
    public mutating func phoneNumber() -> PhoneNumber {
        try! PhoneNumber("+" + text(1, of: "123456789") + text(int(in: 4...14), of: "0123456789"))
    }

    /// A name with an "@"; sometimes with characters outside ASCII.
    public mutating func networkAccessIdentifier() -> NetworkAccessIdentifier {
        let letters = oneIn(4) ? "abcé漢😀\"\\ " : "abcdefghijklmnopqrstuvwxyz0123456789-."
        return try! NetworkAccessIdentifier(text(int(in: 1...20), of: letters) + "@" + text(int(in: 1...12), of: "abc.") + "net")
    }

    /// A public address with a private address, a port, or both.
    public mutating func deviceIPv4Address() -> DeviceIPv4Address {
        let parts = int(in: 1...3)
        return try! DeviceIPv4Address(
            publicAddress: ipv4Address(),
            privateAddress: parts & 1 == 0 ? nil : ipv4Address(),
            publicPort: parts & 2 == 0 ? nil : UInt16.random(in: 1...65535, using: &self))
    }
}
