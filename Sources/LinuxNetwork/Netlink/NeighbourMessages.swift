import QualityOnDemand
import Southbound

/// The neighbour table, in the kernel's form (`linux/neighbour.h`).
enum NeighbourMessages {
    private static let (newNeighbour, getNeighbour): (UInt16, UInt16) = (28, 30)
    private static let (destination, linkAddress): (UInt16, UInt16) = (1, 2)
    private static let (inet, inet6): (UInt8, UInt8) = (2, 10)
    /// Reachable, stale, delay, probe, permanent: the states in which a hardware address is known.
    private static let known: UInt16 = 0x02 | 0x04 | 0x08 | 0x10 | 0x80

    /// Asks for all neighbours of an IP version.
    static func list(_ family: IPFamily, _ messages: inout NetlinkWriter) {
        messages.message(getNeighbour, .dump) { message in
            // `struct ndmsg`: family, interface, state, flags, type.
            message.put(family == .ipv4 ? inet : inet6)
            for _ in 0..<3 { message.put(UInt8(0)) }
            message.put(UInt32(0))
            message.put(UInt32(0))
        }
    }

    /// The neighbour in a message; `nil` if its hardware address is unknown, or it has none.
    static func neighbour(_ message: NetlinkMessage) -> Neighbour? {
        guard message.type == newNeighbour, let interface: Int32 = message.body.number(4), let state: UInt16 = message.body.number(8), state & known != 0,
            let address = message.body.dropping(12).attribute(destination)?.array,
            let hardware = (message.body.dropping(12).attribute(linkAddress)?.array).flatMap({ HardwareAddress(bytes: $0) })
        else { return nil }
        guard let single = IPSubnet(single: address) else { return nil }
        return Neighbour(place: .init(interface: interface, hardwareAddress: hardware), address: single)
    }
}

/// An IP address on a link, and the network card that has it.
struct Neighbour: Hashable, Sendable {
    let place: Place
    let address: IPSubnet

    /// A network card on a link.
    struct Place: Hashable, Sendable {
        let interface: Int32
        let hardwareAddress: HardwareAddress
    }
}
