import QualityOnDemand
public import Southbound
import Yams

/// A list of devices, as YAML or JSON. Each entry is a mapping of a device's identifiers and addresses.
///
/// Aliases are followed only as far as an entry's values, so that a small file cannot expand into a large list.
public enum DeviceList {
    /// The entries of a file.
    ///
    /// - Throws: ``SettingError`` with the file, the line, the entry and the allowed values.
    public static func entries(of file: String, _ bytes: [UInt8]) throws(SettingError) -> [DeviceEntry] {
        let text: String
        do { text = try TextFile.text(bytes) } catch { throw SettingError("\(file): \(error)") }
        return try entries(text, in: file)
    }

    /// The entries of the configuration's own list.
    static func entries(_ text: String) throws(SettingError) -> [DeviceEntry] {
        try entries(text, in: nil)
    }

    private static func entries(_ text: String, in file: String?) throws(SettingError) -> [DeviceEntry] {
        let prefix = file.map { "\($0): " } ?? ""
        let root: Node?
        do { root = try YAMLFile.compose(text) } catch { throw SettingError("\(prefix)\(error)") }
        guard let root, root.null == nil else { return [] }
        guard let list = root.sequence else { throw SettingError("\(prefix)a list of devices is needed, such as - { phoneNumber: …, ipv4Address: … }") }
        guard list.count <= mostEntries else { throw SettingError("\(prefix)lists \(list.count) devices; at most \(mostEntries) are allowed") }
        var entries: [DeviceEntry] = []
        entries.reserveCapacity(list.count)
        for (index, node) in list.enumerated() {
            let line = node.mark.map { ":\($0.line)" } ?? ""
            let place = file.map { "\($0)\(line): [\(index)]" } ?? "[\(index)]"
            entries.append(try entry(node, place, source: file == nil ? "devices.static[\(index)]" : place))
        }
        return entries
    }

    /// The largest number of entries. A gateway runs out of addresses and classes long before.
    private static let mostEntries = 200_000

    private static func entry(_ node: Node, _ place: String, source: String) throws(SettingError) -> DeviceEntry {
        guard let mapping = node.mapping else {
            throw SettingError("\(place): is not a mapping of \(Property.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        var entry = DeviceEntry(place: source)
        for (key, value) in mapping {
            guard let property = key.string.flatMap(Property.init) else {
                throw SettingError(
                    "\(place).\(Excerpt.of(key.string ?? "?")): is not known; there are \(Property.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            if value.null != nil { continue }
            guard let text = value.scalar?.string else { throw SettingError("\(place).\(property): is not a text") }
            do { try property.set(text, in: &entry) } catch { throw SettingError("\(place).\(property): \(error)") }
        }
        return entry
    }

    private enum Property: String, CaseIterable {
        case phoneNumber, networkAccessIdentifier, ipv4Address, ipv6Address, hardwareAddress, hostname

        func set(_ text: String, in entry: inout DeviceEntry) throws {
            switch self {
            case .phoneNumber: entry.phoneNumber = try PhoneNumber(text)
            case .networkAccessIdentifier:
                guard !text.isEmpty else { throw SettingError("is empty; a name such as cam-1@site.example is needed") }
                entry.networkAccessIdentifier = try NetworkAccessIdentifier(text)
            case .ipv4Address:
                guard !text.contains("/") else {
                    throw SettingError("\"\(Excerpt.of(text))\" is a subnet; an IPv4 device has one address, such as 10.45.0.2")
                }
                entry.ipv4Address = try IPv4Address(text)
            case .ipv6Address: (entry.ipv6Address, entry.ipv6PrefixLength) = try Self.prefix(text)
            case .hardwareAddress: entry.hardwareAddress = try HardwareAddress(text)
            case .hostname:
                guard (1...255).contains(text.utf8.count), !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f || $0 == UInt8(ascii: ",") }) else {
                    throw SettingError("\"\(Excerpt.of(text))\" is not a host's name, 1 to 255 bytes without spaces and commas")
                }
                entry.hostname = text
            }
        }

        /// An address, or a prefix such as `2001:db8:45:7::/64`.
        private static func prefix(_ text: String) throws -> (IPv6Address, length: Int?) {
            guard text.contains("/") else { return (try IPv6Address(text), nil) }
            guard case .ipv6(let address, let length) = try IPSubnet(ipv6: text), DeviceSubnet.prefixLengths.contains(length) else {
                throw SettingError("\"\(Excerpt.of(text))\": a device's prefix length is not in \(DeviceSubnet.prefixLengths)")
            }
            return (address, length)
        }
    }
}
