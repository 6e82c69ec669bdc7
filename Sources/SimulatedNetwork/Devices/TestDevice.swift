public import QualityOnDemand

/// One of the sandbox's test devices: a number from 1000 to 5999, and all identifiers of the device.
public struct TestDevice: Hashable, Sendable {
    /// The numbers of the test devices.
    public static let numbers = 1000...5999
    /// Numbers of devices whose requests are answered late or never. These devices have only phone numbers, and the
    /// network programs their flows at once.
    public static let lateNumbers = 6801...6900

    public let number: Int

    /// - Returns: `nil` if there is no device with this number.
    public init?(_ number: Int) {
        guard Self.numbers.contains(number) else { return nil }
        self.number = number
    }

    /// The network's behaviour for a device. The thousands digit of the device's number decides.
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
    /// The address that the network gave the device.
    public var privateIPv4: IPv4Address {
        IPv4Address(rawValue: Self.network.rawValue | UInt32(number / 250) << 8 | UInt32(number % 250 + 1))
    }
    /// The port by which the NAT distinguishes the device from the others.
    public var publicPort: UInt16 { UInt16(number) }
    /// `2001:db8:45::n`. The decimal digits of the number are used as hexadecimal digits.
    public var ipv6: IPv6Address {
        let digits = String(number).utf8.reduce(UInt64(0)) { $0 << 4 | UInt64($1 - UInt8(ascii: "0")) }
        return IPv6Address(high: Self.prefix, low: digits)
    }

    /// The public address that all test devices share behind the NAT.
    public static let publicIPv4 = IPv4Address(rawValue: 0xe9fc_0001)
    static let domain = "testcsp.net"
    private static let network = IPv4Address(rawValue: 0x0a2d_0000)
    private static let prefix: UInt64 = 0x2001_0db8_0045_0000
}

/// Finds test devices by their identifiers.
extension TestDevice {
    init?(phoneNumber: PhoneNumber) {
        let text = phoneNumber.description
        guard text.hasPrefix("+9999999"), text.utf8.count == 12, let number = Int(text.suffix(4)),
            Self.numbers.contains(number) || Self.lateNumbers.contains(number)
        else { return nil }
        self.number = number
    }

    /// Accepts every name in the test devices' domain. A name that no device has stands for one of the devices.
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

    /// Every address belongs to a test device.
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

    /// Every address belongs to a test device.
    init(ipv6 address: IPv6Address) {
        if address.high == Self.prefix, let device = TestDevice(String(address.low, radix: 16)) {
            self = device
        } else {
            self = .standIn(for: address.description)
        }
    }

    /// One of the devices that are available at once. The same text always gives the same device (FNV-1a).
    private static func standIn(for text: String) -> TestDevice {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return TestDevice(1000 + Int(hash % 1000))!
    }
}
