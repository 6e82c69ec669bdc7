import QualityOnDemand
import SessionEngine

/// The kernel of a gateway: all that is ever asked of it. Blocks; for one thread at a time.
protocol GatewayKernel: AnyObject {
    /// Looks at everything that could be ours or in our place; touches nothing.
    func state() throws(NetworkError) -> KernelState

    /// The classes of our tree on an interface, with what they have sent.
    func classes(_ direction: Direction) throws(NetworkError) -> [ClassID: FoundClass]

    /// Some of them; those that are not there are left out.
    func classes(_ ids: [ClassID], _ direction: Direction) throws(NetworkError) -> [ClassID: FoundClass]

    /// Where packets to a single address go.
    func destination(of address: IPSubnet) throws(NetworkError) -> PacketDestination

    /// Counts the packets that these devices send from now on, wherever they go, and no more those of the devices before.
    func count(_ devices: Set<IPSubnet>, insteadOf former: Set<IPSubnet>) throws(NetworkError)

    /// How many packets devices that are counted have sent; those are left out whose counting ended, as where the rules were written anew.
    func sent(by devices: Set<IPSubnet>) throws(NetworkError) -> [IPSubnet: Int]

    /// What keeps packets that leave by the two interfaces from the rules and classes, as sentences for an operator.
    func obstacles() throws(NetworkError) -> [String]

    /// Makes the table with its maps and rules, or brings it up to date; puts our tree at the roots of interfaces, whatever stands there.
    func setUp(roots: [Direction]) throws(NetworkError)

    /// Makes changes, in the order of the batch. What throws may have been done in part.
    func apply(_ batch: Batch) throws(NetworkError)
}

/// Where the kernel sends packets to an address.
enum PacketDestination: Hashable, Sendable {
    /// By the interface towards the devices.
    case devices
    /// To the gateway itself: what is translated goes on under another address.
    case gateway
    /// By another interface, or nowhere as there is no route.
    case elsewhere
}

/// What a kernel has at one moment.
struct KernelState: Hashable, Sendable {
    /// By direction, how packets leave the interface.
    var framings: [Direction: Framing] = [:]
    /// By direction, what stands at the interface's root.
    var roots: [Direction: RootListing] = [:]
    /// By direction, the classes of our tree.
    var classes: [Direction: [ClassID: FoundClass]] = [:]
    /// All elements of our table; `nil` where there is no such table.
    var elements: [FilterElement]?

    func classes(_ direction: Direction) -> [ClassID: FoundClass] { classes[direction] ?? [:] }
    func framing(_ direction: Direction) -> Framing { framings[direction] ?? .ethernet }
}
