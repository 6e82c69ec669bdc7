import NetworkAsCode
import QualityOnDemand

/// A device's IPv4 address as it is typed, one text for what belongs together: `233.252.0.1:1000`, `233.252.0.1,10.45.4.1`,
/// `233.252.0.1:1000,10.45.4.1`.
enum IPv4Option {
    static func read(_ text: String) throws(InvalidValue) -> NetworkAsCode.DeviceIPv4Address {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let ends = parts[0].split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, ends.count <= 2 else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not of the form \(form)")
        }
        guard parts.count == 2 || ends.count == 2 else {
            throw InvalidValue("many devices share a public address; \(form) names one, by the public port, the private address or both")
        }
        let publicAddress = try IPv4Address(String(ends[0])).description
        let privateAddress = parts.count == 2 ? try IPv4Address(String(parts[1])).description : nil
        var port: Int?
        if ends.count == 2 {
            guard let number = UInt16(ends[1]), number > 0 else { throw InvalidValue("the port \"\(Excerpt.of(ends[1]))\" is not in 1...65535") }
            port = Int(number)
        }
        return NetworkAsCode.DeviceIPv4Address(publicAddress: publicAddress, privateAddress: privateAddress, publicPort: port)
    }

    /// As it would be typed.
    static func text(_ address: NetworkAsCode.DeviceIPv4Address) -> String {
        address.publicAddress + (address.publicPort.map { ":\($0)" } ?? "") + (address.privateAddress.map { ",\($0)" } ?? "")
    }

    private static let form = "PUBLIC:PORT, PUBLIC,PRIVATE or PUBLIC:PORT,PRIVATE"
}
