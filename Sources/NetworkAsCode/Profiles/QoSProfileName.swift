/// The name of a profile. Known names have constants; any other name is written as a string literal.
///
/// A name has 3 to 256 letters, digits, "_", "." and "-". The SDK checks the name when it makes a request.
/// ``Profiles/list(for:)`` returns the profiles that a provider offers.
public struct QoSProfileName: RawRepresentable, Hashable, Sendable {
    /// The name.
    public var rawValue: String

    /// Takes any text.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Takes any text.
    public init(_ name: String) {
        rawValue = name
    }

    /// 4 Mbit/s towards the device, 4 Mbit/s from it.
    public static let downlinkSUplinkS: QoSProfileName = "DOWNLINK_S_UPLINK_S"
    /// 4 Mbit/s towards the device, 8 Mbit/s from it.
    public static let downlinkSUplinkM: QoSProfileName = "DOWNLINK_S_UPLINK_M"
    /// 4 Mbit/s towards the device, 20 Mbit/s from it.
    public static let downlinkSUplinkL: QoSProfileName = "DOWNLINK_S_UPLINK_L"
    /// 8 Mbit/s towards the device, 4 Mbit/s from it.
    public static let downlinkMUplinkS: QoSProfileName = "DOWNLINK_M_UPLINK_S"
    /// 8 Mbit/s towards the device, 8 Mbit/s from it.
    public static let downlinkMUplinkM: QoSProfileName = "DOWNLINK_M_UPLINK_M"
    /// 8 Mbit/s towards the device, 20 Mbit/s from it.
    public static let downlinkMUplinkL: QoSProfileName = "DOWNLINK_M_UPLINK_L"
    /// 20 Mbit/s towards the device, 4 Mbit/s from it.
    public static let downlinkLUplinkS: QoSProfileName = "DOWNLINK_L_UPLINK_S"
    /// 20 Mbit/s towards the device, 8 Mbit/s from it.
    public static let downlinkLUplinkM: QoSProfileName = "DOWNLINK_L_UPLINK_M"
    /// 20 Mbit/s towards the device, 20 Mbit/s from it.
    public static let downlinkLUplinkL: QoSProfileName = "DOWNLINK_L_UPLINK_L"

    /// 4 Mbit/s both ways.
    public static let qosS: QoSProfileName = "QOS_S"
    /// 8 Mbit/s both ways.
    public static let qosM: QoSProfileName = "QOS_M"
    /// 20 Mbit/s both ways.
    public static let qosL: QoSProfileName = "QOS_L"
    /// 500 kbit/s both ways with a steady low latency and priority over all others.
    public static let qosE: QoSProfileName = "QOS_E"

    /// The sandbox's deprecated profile, to try the error of such a profile.
    public static let legacy: QoSProfileName = "LEGACY"
    /// The sandbox's profile that is not active yet, to try the error of such a profile.
    public static let future: QoSProfileName = "FUTURE"
    /// The sandbox's profile for sessions of 5 minutes at most.
    public static let short: QoSProfileName = "SHORT"
}

extension QoSProfileName: ExpressibleByStringLiteral {
    /// Takes any text.
    public init(stringLiteral value: String) {
        self.init(rawValue: value)
    }
}

extension QoSProfileName: CustomStringConvertible {
    /// The name.
    public var description: String { rawValue }
}
