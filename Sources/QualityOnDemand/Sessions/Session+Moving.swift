/// A device that changes its addresses keeps its sessions.
extension Session {
    /// The device has other addresses now, or none. The network is asked to program the flow for these addresses.
    public mutating func moved(to addresses: NetworkAddresses) -> [SessionAction] {
        guard wantsNetwork, addresses != subject.addresses else { return [] }
        subject = Subject(
            key: subject.key, site: site, device: subject.device, identifiedBy: subject.identifiedBy, addresses: addresses)
        generation += 1
        return []
    }

    /// The device is at another site now. The network there is asked to program the flow, and the network of the former
    /// site to release it.
    ///
    /// - Parameter key: the device's key in the directory of the new site.
    public mutating func moved(to newSite: SiteName, as key: DeviceKey, addresses: NetworkAddresses) -> [SessionAction] {
        guard newSite != site else { return moved(to: addresses) }
        guard wantsNetwork else { return [] }
        if let placement { formerPlacements.append(placement) }
        subject = Subject(
            key: key, site: newSite, device: subject.device, identifiedBy: subject.identifiedBy, addresses: addresses)
        generation += 1
        // A network that the device has left and entered again may still hold an older generation.
        placement = formerPlacements.first { $0.site == newSite } ?? Placement(site: newSite)
        formerPlacements.removeAll { $0.site == newSite }
        return [.release]
    }

    /// Whether the session is available, but its device has no address of an IP version that the service has. Until
    /// the device has such an address again, there is nothing for the network to program.
    ///
    /// A session that never was available does not count: the network decides whether to refuse it.
    public var isOutOfReach: Bool {
        guard status == .available else { return false }
        return !flow.applicationServer.addresses.contains { subject.addresses.has($0.subnet.family) }
    }
}

extension Session {
    /// The reason why the network serves only one IP version of the service, for people; `nil` if it serves the whole
    /// request.
    public var partialReason: String? {
        let families = Set(flow.applicationServer.addresses.map(\.subnet.family))
        let served = families.filter { subject.addresses.has($0) }
        guard status != .unavailable, families.count == 2, served.count == 1, let family = served.first else { return nil }
        let (own, other) = family == .ipv4 ? ("IPv4", "IPv6") : ("IPv6", "IPv4")
        return "Only \(own) is served: the network knows no \(other) address that is certainly this device's."
    }
}

extension NetworkAddresses {
    /// Whether there is an address of this IP version.
    public func has(_ family: IPFamily) -> Bool {
        switch family {
        case .ipv4: ipv4 != nil
        case .ipv6: ipv6 != nil
        }
    }

    /// Whether there is no address at all.
    public var isEmpty: Bool { ipv4 == nil && ipv6 == nil }
}
