/// A part of the lab. Each place is a network namespace.
public enum LabPlace: Hashable, Sendable {
    /// A device. Numbers begin at 1.
    case device(Int)
    /// The cell between the devices and the gateway. Its bottleneck is towards the devices.
    case cell
    /// The operator's gateway, which the platform programs.
    case gateway
    /// The uplink between the gateway and the service. Its bottleneck is towards the service.
    case uplink
    /// The host of the services.
    case service

    /// The name on the command line.
    public var name: String {
        switch self {
        case .device(let number): "device-\(number)"
        case .cell: "cell"
        case .gateway: "gateway"
        case .uplink: "uplink"
        case .service: "service"
        }
    }

    /// - Returns: `nil` if no lab has a place with this name.
    public init?(name: String) {
        switch name {
        case "cell": self = .cell
        case "gateway": self = .gateway
        case "uplink": self = .uplink
        case "service": self = .service
        default:
            guard name.hasPrefix("device-"), let number = Int(name.dropFirst(7)), LabTopology.deviceCounts.upperBound >= number, number > 0,
                name == "device-\(number)"
            else { return nil }
            self = .device(number)
        }
    }
}
