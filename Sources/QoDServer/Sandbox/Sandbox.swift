/// The data that the Developer Sandbox shows in addition to the standard APIs. The code that knows the simulated
/// network supplies the data.
public struct Sandbox: Sendable {
    /// The test devices.
    public var devices: [SandboxDevice]

    /// The phone numbers that stand for an answer and not for a device.
    public static var answerPhoneNumbers: [String] { SandboxAnswer.all.map(\.phoneNumber) }

    public init(devices: [SandboxDevice]) {
        self.devices = devices
    }
}

/// A test device with its identifiers and the network's behaviour for it.
public struct SandboxDevice: Hashable, Sendable {
    public var phoneNumber: String
    public var networkAccessIdentifier: String
    public var publicIPv4Address: String
    public var publicPort: Int
    public var privateIPv4Address: String
    public var ipv6Address: String
    public var behaviour: String

    public init(
        phoneNumber: String, networkAccessIdentifier: String, publicIPv4Address: String, publicPort: Int, privateIPv4Address: String,
        ipv6Address: String, behaviour: String
    ) {
        self.phoneNumber = phoneNumber
        self.networkAccessIdentifier = networkAccessIdentifier
        self.publicIPv4Address = publicIPv4Address
        self.publicPort = publicPort
        self.privateIPv4Address = privateIPv4Address
        self.ipv6Address = ipv6Address
        self.behaviour = behaviour
    }
}
