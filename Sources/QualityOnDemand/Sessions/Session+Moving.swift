/// A device that changes its addresses keeps its sessions.
extension Session {
    /// The device has other addresses now, or none; the network is asked to serve those.
    public mutating func moved(to addresses: NetworkAddresses) -> [SessionAction] {
        guard wantsNetwork, addresses != subject.addresses else { return [] }
        subject = Subject(key: subject.key, device: subject.device, identifiedBy: subject.identifiedBy, addresses: addresses)
        return [.program]
    }

    /// Whether it lives, and its device has no address now of an IP version that the service has: there is nothing that the
    /// network could serve until it has one again.
    ///
    /// A session that never was available is none of those: it is for the network to refuse.
    public var isOutOfReach: Bool {
        guard status == .available else { return false }
        return !flow.applicationServer.addresses.contains { subject.addresses.has($0.subnet.family) }
    }
}

extension NetworkAddresses {
    /// Whether there is an address of that IP version.
    public func has(_ family: IPFamily) -> Bool {
        switch family {
        case .ipv4: ipv4 != nil
        case .ipv6: ipv6 != nil
        }
    }

    /// Whether there is none at all.
    public var isEmpty: Bool { ipv4 == nil && ipv6 == nil }
}
