import CAMARA
import NetworkAsCode
import QualityOnDemand

/// A test device as the sandbox lists it.
struct TestDevice: Hashable, Sendable {
    let phoneNumber: String
    let networkAccessIdentifier: String
    let ipv4Address: NetworkAsCode.DeviceIPv4Address
    let ipv6Address: String
    let behaviour: String

    init(_ value: JSONValue) throws(InvalidValue) {
        phoneNumber = try value.text("phoneNumber")
        networkAccessIdentifier = try value.text("networkAccessIdentifier")
        let ipv4 = try value.member("ipv4Address")
        let port: Int? = if case .integer(let number)? = ipv4["publicPort"] { number } else { nil }
        ipv4Address = NetworkAsCode.DeviceIPv4Address(
            publicAddress: try at("ipv4Address") { () throws(InvalidValue) in try ipv4.text("publicAddress") },
            privateAddress: ipv4["privateAddress"] == nil ? nil : try ipv4.text("privateAddress"), publicPort: port)
        ipv6Address = try value.text("ipv6Address")
        behaviour = try value.text("behaviour")
    }

    /// Reads the sandbox's list of test devices.
    static func list(_ value: JSONValue) throws(InvalidValue) -> [TestDevice] {
        guard case .array(let items) = value else { throw InvalidValue("is not an array") }
        var devices: [TestDevice] = []
        for (index, item) in items.enumerated() {
            devices.append(try at(index: index) { () throws(InvalidValue) in try TestDevice(item) })
        }
        return devices
    }
}

extension JSONValue {
    /// The member of that name; `nil` if the value is not an object or has no such member.
    fileprivate subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    fileprivate func member(_ name: String) throws(InvalidValue) -> JSONValue {
        guard let value = self[name] else { throw InvalidValue("is required").at(name) }
        return value
    }

    fileprivate func text(_ name: String) throws(InvalidValue) -> String {
        guard case .string(let text) = try member(name) else { throw InvalidValue("is not a string").at(name) }
        return text
    }
}

/// The answer does not have the form that the sandbox promises.
struct UnreadableAnswer: Error, CustomStringConvertible {
    let description: String
}

/// The answer of `nac device list`.
struct TestDevices: Answer {
    let devices: [TestDevice]

    var note: String? { devices.isEmpty ? "no test devices" : nil }

    func text(on page: Page) -> String {
        guard !devices.isEmpty else { return "" }
        let columns = [
            Table.Column("PHONE NUMBER"), .init("BEHAVIOUR"), .init("IPV4"), .init("NAME", least: 16, mayGo: true), .init("IPV6", mayGo: true),
        ]
        let rows = devices.map { device in
            // The public address with its port is enough to name the device, and leaves room in the table.
            let ipv4 = DeviceIPv4Address(publicAddress: device.ipv4Address.publicAddress, publicPort: device.ipv4Address.publicPort)
            return [
                Cell(device.phoneNumber), Cell(Self.words(device.behaviour)), Cell(IPv4Option.text(ipv4)),
                Cell(device.networkAccessIdentifier), Cell(device.ipv6Address),
            ]
        }
        return Table(columns: columns, rows: rows).text(on: page)
    }

    func write(to json: inout JSONWriter) {
        json.array(devices) { json, device in
            json.object { json in
                json.write("phoneNumber", device.phoneNumber)
                json.write("networkAccessIdentifier", device.networkAccessIdentifier)
                json.write("ipv4Address", device.ipv4Address) { $0.ipv4Address($1) }
                json.write("ipv6Address", device.ipv6Address)
                json.write("behaviour", device.behaviour)
            }
        }
    }

    /// The meaning of the sandbox's words. Words of a later sandbox are unknown here and are shown unchanged.
    private static func words(_ behaviour: String) -> String {
        switch behaviour {
        case "availableAtOnce": "available at once"
        case "availableAfter2s": "available after 2 s"
        case "terminatedAfter2s": "ended after 2 s"
        case "endedByNetworkAfter5s": "available for 5 s"
        case "notServed": "refused"
        default: behaviour
        }
    }
}
