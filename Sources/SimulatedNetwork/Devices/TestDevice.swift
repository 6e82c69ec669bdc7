public import QualityOnDemand

/// One of the sandbox's test devices: number n, from 1000 to 5999, with all its names.
public struct TestDevice: Hashable, Sendable {
    /// The numbers there are.
    public static let numbers = 1000...5999
    /// Numbers whose requests are answered late or never, by phone number only; the network serves them at once.
    public static let lateNumbers = 6801...6900

    public let number: Int

    /// - Returns: `nil` where there is no device of that number.
    public init?(_ number: Int) {
        guard Self.numbers.contains(number) else { return nil }
        self.number = number
    }

    /// What the network does for a device, by the thousand it is in.
    public enum Behaviour: String, CaseIterable, Hashable, Sendable {
        case availableAtOnce
        case availableAfter2s
        case terminatedAfter2s
        case endedByNetworkAfter5s
        case notServed
    }

    public var behaviour: Behaviour { Self.numbers.contains(number) ? Behaviour.allCases[number / 1000 - 1] : .availableAtOnce }

    public var phoneNumber: String { "+9999999\(number)" }
    public var networkAccessIdentifier: String { "device-\(number)@\(Self.domain)" }
    /// The address that the network gave it.
    public var privateIPv4: IPv4Address {
        IPv4Address(rawValue: Self.network.rawValue | UInt32(number / 250) << 8 | UInt32(number % 250 + 1))
    }
    /// The port by which the NAT tells it from the others.
    public var publicPort: UInt16 { UInt16(number) }
    /// `2001:db8:45::n`, with the number's digits as they stand.
    public var ipv6: IPv6Address {
        let digits = String(number).utf8.reduce(UInt64(0)) { $0 << 4 | UInt64($1 - UInt8(ascii: "0")) }
        return IPv6Address(high: Self.prefix, low: digits)
    }

    /// The address that all test devices have behind the NAT.
    public static let publicIPv4 = IPv4Address(rawValue: 0xe9fc_0001)
    static let domain = "testcsp.net"
    private static let network = IPv4Address(rawValue: 0x0a2d_0000)
    private static let prefix: UInt64 = 0x2001_0db8_0045_0000
}

/// Finding test devices.
extension TestDevice {
    init?(phoneNumber: PhoneNumber) {
        let text = phoneNumber.description
        guard text.hasPrefix("+9999999"), text.utf8.count == 12, let number = Int(text.suffix(4)),
            Self.numbers.contains(number) || Self.lateNumbers.contains(number)
        else { return nil }
        self.number = number
    }

    /// A name in the test devices' domain; one that is no device's own stands for some device.
    init?(networkAccessIdentifier name: NetworkAccessIdentifier) {
        guard name.domain == Self.domain else { return nil }
        let local = name.localPart
        if local.hasPrefix("device-"), let device = TestDevice(String(local.dropFirst(7))) {
            self = device
        } else {
            self = .standIn(for: local)
        }
    }

    private init?(_ text: String) {
        guard text.utf8.count == 4, let number = Int(text) else { return nil }
        self.init(number)
    }

    /// Any address is some device's.
    init(ipv4 address: DeviceIPv4Address) {
        if let device = address.privateAddress.flatMap(TestDevice.init(privateIPv4:)) {
            self = device
        } else if address.publicAddress == Self.publicIPv4, let device = address.publicPort.flatMap({ TestDevice(Int($0)) }) {
            self = device
        } else {
            let port = address.publicPort.map { ":\($0)" } ?? ""
            self = .standIn(for: "\(address.publicAddress)\(port) \(address.privateAddress?.description ?? "")")
        }
    }

    private init?(privateIPv4 address: IPv4Address) {
        let (high, low) = (Int(address.rawValue >> 8 & 0xff), Int(address.rawValue & 0xff))
        guard address.rawValue >> 16 == Self.network.rawValue >> 16, (1...250).contains(low) else { return nil }
        self.init(high * 250 + low - 1)
    }

    /// Any address is some device's.
    init(ipv6 address: IPv6Address) {
        if address.high == Self.prefix, let device = TestDevice(String(address.low, radix: 16)) {
            self = device
        } else {
            self = .standIn(for: address.description)
        }
    }

    /// One of those that are available at once, always the same for the same text (FNV-1a).
    private static func standIn(for text: String) -> TestDevice {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return TestDevice(1000 + Int(hash % 1000))!
    }
}
