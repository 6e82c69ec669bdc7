import Southbound

/// The settings of a ``LinuxNetwork``: the two interfaces of one gateway, and the capacity of each.
public struct LinuxNetworkConfiguration: Hashable, Sendable {
    /// The egress of one interface.
    public struct Link: Hashable, Sendable {
        /// The interface's name, such as `ran0`.
        public var interface: String
        /// The link's capacity, in bits per second.
        public var capacity: Int

        public init(interface: String, capacity: Int) {
            self.interface = interface
            self.capacity = capacity
        }
    }

    /// Egress towards the devices.
    public let downlink: Link
    /// Egress towards the services.
    public let uplink: Link
    /// The percentage of each capacity that no session is guaranteed, so that best-effort traffic continues.
    public let reservePercent: Int
    /// The network namespace that is the gateway, by its name in `ip netns`; `nil` for this process's own namespace.
    public let namespace: String?
    /// The name that separates this platform from others in the same network namespace; `nil` for the only platform,
    /// or the first.
    public let name: String?
    /// Whether this platform replaces a root queueing discipline that another program made; otherwise that is an
    /// error.
    public let takesOver: Bool

    /// - Throws: ``LinuxNetworkConfigurationError`` naming the setting that cannot work.
    public init(
        downlink: Link, uplink: Link, reservePercent: Int = 10, namespace: String? = nil, name: String? = nil, takesOver: Bool = false
    ) throws(LinuxNetworkConfigurationError) {
        try Self.check(downlink, "downlink")
        try Self.check(uplink, "uplink")
        guard downlink.interface != uplink.interface else {
            throw LinuxNetworkConfigurationError("downlink and uplink are both \(uplink.interface); a gateway needs two interfaces")
        }
        guard (0..<100).contains(reservePercent) else {
            throw LinuxNetworkConfigurationError("a reserve of \(reservePercent) percent is not in 0...99")
        }
        guard name.map(Self.isName) ?? true else {
            throw LinuxNetworkConfigurationError("name: \"\(name ?? "")\" is not 1 to 32 of the characters a-z, 0-9 and -")
        }
        self.downlink = downlink
        self.uplink = uplink
        self.reservePercent = reservePercent
        self.namespace = namespace
        self.name = name
        self.takesOver = takesOver
    }

    /// Capacities that the kernel's and this program's arithmetic can hold.
    static let capacities = 100_000...1_000_000_000_000

    private static func isName(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) || $0 == UInt8(ascii: "-") }
    }

    private static func check(_ link: Link, _ name: String) throws(LinuxNetworkConfigurationError) {
        // Other tools read the name in batches, so a character that could end a word or a line is refused.
        let isPlain = link.interface.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "@"): true
            default: false
            }
        }
        guard isPlain, (1...15).contains(link.interface.utf8.count), !link.interface.hasPrefix("-") else {
            throw LinuxNetworkConfigurationError("\(name): \"\(link.interface)\" is not the name of an interface such as ran0")
        }
        guard capacities.contains(link.capacity) else {
            throw LinuxNetworkConfigurationError("\(name): a capacity of \(link.capacity) bit/s is not between 100 kbit/s and 1 Tbit/s")
        }
    }
}

extension LinuxNetworkConfiguration {
    /// A number for everything in the configuration and in this version that decides how an order is programmed. If it
    /// changes, the engine gives every order again.
    var fingerprint: UInt64 {
        var hash = StableHash()
        hash.add(1)
        for direction in Direction.allCases { hash.add(UInt64(link(direction).capacity)) }
        return hash.value
    }
}

/// Settings that cannot make a Linux network.
public struct LinuxNetworkConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The way a packet goes.
enum Direction: CaseIterable, Hashable, Sendable {
    /// Towards the devices.
    case downlink
    /// Towards the services.
    case uplink
}

extension LinuxNetworkConfiguration {
    /// The name of this platform's own tables in the packet filter, so that others in the namespace keep theirs.
    var tableName: String { name.map { "\(FilterText.tableName)-\($0)" } ?? FilterText.tableName }

    func link(_ direction: Direction) -> Link {
        direction == .downlink ? downlink : uplink
    }

    /// Bits per second that are kept for best effort.
    func reserve(_ direction: Direction) -> Int {
        link(direction).capacity / 100 * reservePercent
    }

    /// Bits per second for network control: a hundredth of the capacity, within ``controlRates``. The rate is part of
    /// the reserve.
    func control(_ direction: Direction) -> Int {
        min(max(link(direction).capacity / 100, Self.controlRates.lowerBound), Self.controlRates.upperBound)
    }

    /// 16 kbit/s are 70 ARP packets a second; 1 Mbit/s are 4,000.
    private static let controlRates = 16_000...1_000_000

    /// Bits per second that best effort has at least.
    func bestEffort(_ direction: Direction) -> Int { max(reserve(direction) - control(direction), 0) }

    /// Bits per second that sessions may be guaranteed in all.
    func guaranteeable(_ direction: Direction) -> Int {
        link(direction).capacity - reserve(direction)
    }
}
