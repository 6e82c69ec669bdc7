/// A device as an application names it: by one identifier or several.
public struct Device: Hashable, Sendable {
    public let phoneNumber: PhoneNumber?
    public let networkAccessIdentifier: NetworkAccessIdentifier?
    public let ipv4Address: DeviceIPv4Address?
    public let ipv6Address: DeviceIPv6Address?

    /// - Throws: ``InvalidValue`` if there is no identifier at all.
    public init(
        phoneNumber: PhoneNumber? = nil, networkAccessIdentifier: NetworkAccessIdentifier? = nil,
        ipv4Address: DeviceIPv4Address? = nil, ipv6Address: DeviceIPv6Address? = nil
    ) throws(InvalidValue) {
        guard phoneNumber != nil || networkAccessIdentifier != nil || ipv4Address != nil || ipv6Address != nil else {
            throw InvalidValue("names no device; at least one of phoneNumber, networkAccessIdentifier, ipv4Address and ipv6Address is needed")
        }
        self.phoneNumber = phoneNumber
        self.networkAccessIdentifier = networkAccessIdentifier
        self.ipv4Address = ipv4Address
        self.ipv6Address = ipv6Address
    }

    /// A way to name a device. The cases have the order in which a directory tries them.
    public enum IdentifierKind: Int, CaseIterable, Hashable, Sendable {
        case ipv4Address
        case ipv6Address
        case phoneNumber
        case networkAccessIdentifier
    }

    /// The kinds of the given identifiers, in the order in which a directory tries them.
    public var identifierKinds: [IdentifierKind] {
        IdentifierKind.allCases.filter(has)
    }

    /// Whether an identifier of this kind is given.
    public func has(_ kind: IdentifierKind) -> Bool {
        switch kind {
        case .ipv4Address: ipv4Address != nil
        case .ipv6Address: ipv6Address != nil
        case .phoneNumber: phoneNumber != nil
        case .networkAccessIdentifier: networkAccessIdentifier != nil
        }
    }
}
