import CAMARA
import NetworkAsCode

/// The identifiers of a device in the form of the flags, so that a user can paste them.
enum DeviceText {
    /// - Returns: `nil` if the device has no identifier, because the access token identifies the device.
    static func line(_ device: Device) -> String? {
        let texts = [device.ipv4Address.map(IPv4Option.text), device.ipv6Address, device.phoneNumber, device.networkAccessIdentifier]
        let given = texts.compactMap { $0 }
        return given.isEmpty ? nil : given.joined(separator: "  ")
    }
}

extension JSONWriter {
    /// The schema Device.
    mutating func device(_ device: Device) {
        object { json in
            json.write("phoneNumber", device.phoneNumber)
            json.write("networkAccessIdentifier", device.networkAccessIdentifier)
            json.write("ipv4Address", device.ipv4Address) { $0.ipv4Address($1) }
            json.write("ipv6Address", device.ipv6Address)
        }
    }

    mutating func ipv4Address(_ address: DeviceIPv4Address) {
        object { json in
            json.write("publicAddress", address.publicAddress)
            json.write("privateAddress", address.privateAddress)
            json.write("publicPort", address.publicPort)
        }
    }
}
