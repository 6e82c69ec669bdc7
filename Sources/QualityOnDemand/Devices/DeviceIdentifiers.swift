/// A telephone number in international format (E.164): "+" and 5 to 15 digits, the first of them not 0.
public struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
    /// The number with its "+".
    public let description: String

    /// Reads a number in exactly this format.
    ///
    /// - Throws: ``InvalidValue`` naming the text and the format.
    public init(_ text: String) throws(InvalidValue) {
        let digits = text.utf8.dropFirst()
        guard text.utf8.first == UInt8(ascii: "+"), (5...15).contains(digits.count),
            digits.first != UInt8(ascii: "0"), digits.allSatisfy({ (0x30...0x39).contains($0) })
        else {
            throw InvalidValue(
                "\"\(Excerpt.of(text))\" is not a phone number in international format: \"+\" and 5 to 15 digits, the first not 0, no spaces or brackets")
        }
        description = text
    }

    /// Reads a number as people write it in code: a number without "+" gets one.
    public init(adding text: String) throws(InvalidValue) {
        let isBare = text.utf8.first.map { (0x30...0x39).contains($0) } ?? false
        do {
            try self.init(isBare ? "+" + text : text)
        } catch {
            throw InvalidValue(error.reason.replacingPrefix("\"+", with: isBare ? "\"" : "\"+"))
        }
    }
}

/// A subscription's name in the form `local@domain` (3GPP TS 23.003, external identifier).
public struct NetworkAccessIdentifier: Hashable, Sendable, CustomStringConvertible {
    /// The name as given.
    public let description: String

    /// - Throws: ``InvalidValue`` if the text is longer than 2048 characters.
    public init(_ text: String) throws(InvalidValue) {
        guard text.unicodeScalars.count <= 2048 else {
            throw InvalidValue("is \(text.unicodeScalars.count) characters long; at most 2048 are allowed")
        }
        description = text
    }

    /// The part after the last "@", in lower case; `nil` if there is no "@".
    public var domain: String? {
        description.lastIndex(of: "@").map { description[description.index(after: $0)...].lowercased() }
    }

    /// The part before the last "@"; the whole text if there is no "@".
    public var localPart: String {
        description.lastIndex(of: "@").map { String(description[..<$0]) } ?? description
    }
}

/// A device's IPv4 address as seen from outside a NAT, with the port or private address that
/// distinguishes the device from others.
public struct DeviceIPv4Address: Hashable, Sendable {
    /// The address that servers see.
    public let publicAddress: IPv4Address
    /// The address that the network gave the device; equal to the public address if there is no NAT.
    public let privateAddress: IPv4Address?
    /// The port that servers see, 1 to 65535.
    public let publicPort: UInt16?

    /// - Throws: ``InvalidValue`` if there is neither a private address nor a port, because a public address
    ///   alone does not name a device.
    public init(publicAddress: IPv4Address, privateAddress: IPv4Address?, publicPort: UInt16?) throws(InvalidValue) {
        guard privateAddress != nil || publicPort != nil else {
            throw InvalidValue("publicAddress alone does not name a device; privateAddress or publicPort is needed beside it, and without NAT privateAddress is the same address")
        }
        self.publicAddress = publicAddress
        self.privateAddress = privateAddress
        self.publicPort = publicPort
    }
}

/// A device's IPv6 address, in the spelling of the request.
public struct DeviceIPv6Address: Hashable, Sendable, CustomStringConvertible {
    public let address: IPv6Address
    /// The address as given; answers repeat this spelling.
    public let description: String

    /// - Throws: ``InvalidValue`` if the text is not one IPv6 address.
    public init(_ text: String) throws(InvalidValue) {
        address = try IPv6Address(text)
        description = text
    }
}

extension String {
    fileprivate func replacingPrefix(_ prefix: String, with replacement: String) -> String {
        hasPrefix(prefix) ? replacement + dropFirst(prefix.count) : self
    }
}
