import QualityOnDemand

/// Routes, in the kernel's form (`linux/rtnetlink.h`).
enum RouteMessages {
    private static let getRoute: UInt16 = 26
    private static let (destination, interface): (UInt16, UInt16) = (1, 4)
    private static let (inet, inet6): (UInt8, UInt8) = (2, 10)

    /// Asks by which interface packets to an address leave.
    static func findRoute(to address: IPSubnet, _ messages: inout NetlinkWriter) {
        messages.message(getRoute, .acknowledge) { message in
            let bytes = address.lowest
            message.put(address.family == .ipv4 ? inet : inet6)
            message.put(UInt8(bytes.count * 8))
            // `struct rtmsg`: source, type of service, table, protocol, scope, type, flags.
            for _ in 0..<6 { message.put(UInt8(0)) }
            message.put(UInt32(0))
            message.attribute(destination, bytes)
        }
    }

    /// Whether packets to the address are for the machine itself, or go to all hosts of a link. Such packets reach no
    /// host behind the address.
    static func isOwn(_ message: NetlinkMessage) -> Bool {
        let (local, broadcast): (UInt8, UInt8) = (2, 3)
        return (message.body.number(7, as: UInt8.self)).map { $0 == local || $0 == broadcast } ?? false
    }

    /// The number of the interface that an answer names.
    static func outgoing(_ message: NetlinkMessage) -> Int32? { message.body.dropping(12).attribute(interface)?.number(0) }
}
