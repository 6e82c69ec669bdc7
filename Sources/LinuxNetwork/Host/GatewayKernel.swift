import QualityOnDemand
import Southbound

/// The kernel of a gateway, with all questions and changes that the platform needs. Blocks; for one thread at a time.
protocol GatewayKernel: AnyObject {
    /// Reads everything that could be ours or stand in our place; changes nothing.
    func state() throws(NetworkError) -> KernelState

    /// The classes of our tree on an interface, with their traffic counts.
    func classes(_ direction: Direction) throws(NetworkError) -> [ClassID: FoundClass]

    /// Some of these classes; a class that does not exist is left out.
    func classes(_ ids: [ClassID], _ direction: Direction) throws(NetworkError) -> [ClassID: FoundClass]

    /// The destination of packets to a single address.
    func destination(of address: IPSubnet) throws(NetworkError) -> PacketDestination

    /// Starts counting the packets that these devices send to any destination, and stops counting the former devices.
    func count(_ devices: Set<IPSubnet>, insteadOf former: Set<IPSubnet>) throws(NetworkError)

    /// How many packets the counted devices have sent. A device whose counting ended, for example because the rules
    /// were written anew, is left out.
    func sent(by devices: Set<IPSubnet>) throws(NetworkError) -> [IPSubnet: Int]

    /// The reasons why packets that leave by the two interfaces do not reach the rules and classes, as sentences for
    /// an operator.
    func obstacles() throws(NetworkError) -> [String]

    /// Makes the table with its maps and rules, or updates it. Puts our tree at the roots of interfaces and replaces
    /// any discipline there.
    func setUp(roots: [Direction]) throws(NetworkError)

    /// Makes changes, in the order of the batch. If an error is thrown, some changes may have been made.
    func apply(_ batch: Batch) throws(NetworkError)
}

/// The ways on which the kernel can send packets to an address.
enum PacketDestination: Hashable, Sendable {
    /// By the interface towards the devices.
    case devices
    /// To the gateway itself: a translated packet continues to another address.
    case gateway
    /// By another interface, or nowhere because there is no route.
    case elsewhere
}

/// The state of a kernel at one moment.
struct KernelState: Hashable, Sendable {
    /// By direction, how packets leave the interface.
    var framings: [Direction: Framing] = [:]
    /// By direction, the discipline at the interface's root.
    var roots: [Direction: RootListing] = [:]
    /// By direction, the classes of our tree.
    var classes: [Direction: [ClassID: FoundClass]] = [:]
    /// All elements of our table; `nil` if the table does not exist.
    var elements: [FilterElement]?

    func classes(_ direction: Direction) -> [ClassID: FoundClass] { classes[direction] ?? [:] }
    func framing(_ direction: Direction) -> Framing { framings[direction] ?? .ethernet }
}
