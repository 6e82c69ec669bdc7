import NetworkAsCode
import QualityOnDemand

/// A device's IPv4 address as a user types it. One text holds the parts that belong together: `233.252.0.1:1000`,
/// `233.252.0.1,10.45.4.1`, `233.252.0.1:1000,10.45.4.1`. A single address such as `10.45.0.2` is the device's own
/// address without NAT.
enum IPv4Option {
    static func read(_ text: String) throws(InvalidValue) -> NetworkAsCode.DeviceIPv4Address {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let ends = parts[0].split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, ends.count <= 2 else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not of the form \(form)")
        }
        let publicAddress = try IPv4Address(String(ends[0])).description
        let isAlone = parts.count == 1 && ends.count == 1
        let privateAddress = isAlone ? publicAddress : parts.count == 2 ? try IPv4Address(String(parts[1])).description : nil
        var port: Int?
        if ends.count == 2 {
            guard let number = UInt16(ends[1]), number > 0 else { throw InvalidValue("the port \"\(Excerpt.of(ends[1]))\" is not in 1...65535") }
            port = Int(number)
        }
        return NetworkAsCode.DeviceIPv4Address(publicAddress: publicAddress, privateAddress: privateAddress, publicPort: port)
    }

    /// The address as a user would type it.
    static func text(_ address: NetworkAsCode.DeviceIPv4Address) -> String {
        guard address.publicPort != nil || address.privateAddress != address.publicAddress else { return address.publicAddress }
        return address.publicAddress + (address.publicPort.map { ":\($0)" } ?? "") + (address.privateAddress.map { ",\($0)" } ?? "")
    }

    private static let form = "ADDRESS, PUBLIC:PORT, PUBLIC,PRIVATE or PUBLIC:PORT,PRIVATE"
}
