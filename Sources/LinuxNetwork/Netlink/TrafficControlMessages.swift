/// Queueing disciplines and classes, in the kernel's form (`linux/rtnetlink.h`, `linux/pkt_sched.h`).
enum TrafficControlMessages {
    enum MessageType {
        static let getLink: UInt16 = 18
        static let newDiscipline: UInt16 = 36
        static let deleteDiscipline: UInt16 = 37
        static let getDiscipline: UInt16 = 38
        static let newClass: UInt16 = 40
        static let deleteClass: UInt16 = 41
        static let getClass: UInt16 = 42
    }

    enum Attribute {
        static let kind: UInt16 = 1
        static let options: UInt16 = 2
        static let statistics: UInt16 = 7
        static let sizes: UInt16 = 8
        static let interfaceName: UInt16 = 3
        static let mtu: UInt16 = 4
    }

    /// Attributes within the options of HTB.
    private enum HTB {
        static let parameters: UInt16 = 1
        static let initial: UInt16 = 2
        static let rate64: UInt16 = 6
        static let ceiling64: UInt16 = 7
    }

    /// The parent of the discipline at an interface's root.
    static let root: UInt32 = 0xffff_ffff

    /// Kinds of interfaces (`linux/if_arp.h`).
    private static let ethernet: UInt16 = 1
    private static let loopback: UInt16 = 772

    // MARK: Interfaces

    static func findInterface(_ name: String, _ messages: inout NetlinkWriter) {
        messages.message(MessageType.getLink, .acknowledge) { message in
            for _ in 0..<4 { message.put(UInt32(0)) }
            message.attribute(Attribute.interfaceName, text: name)
        }
    }

    /// The interface in a message.
    static func interface(_ message: NetlinkMessage) -> (index: Int32, framing: Framing)? {
        guard let type: UInt16 = message.body.number(2), let index: Int32 = message.body.number(4) else { return nil }
        let mtu: UInt32? = message.body.dropping(16).attribute(Attribute.mtu)?.number(0)
        // Tunnels and similar interfaces have no header that is counted.
        let header = type == ethernet || type == loopback ? Framing.ethernet.header : 0
        return (index, Framing(header: header, packet: Int(min(max(mtu ?? 1_500, 576), 65_535))))
    }

    /// Why forwarded packets do not leave by the interface in a message; `nil` if they do.
    static func bypass(_ message: NetlinkMessage, _ name: String) -> String? {
        let (kind, master): (UInt16, UInt16) = (1, 4)
        let info = message.body.dropping(16).attribute(18)
        if let port = info?.attribute(master)?.text, ["bridge", "bond", "team", "openvswitch"].contains(port) {
            return "\(name) is a port of a \(port), and forwarded packets leave by the \(port); name the \(port) instead"
        }
        if info?.attribute(kind)?.text == "ifb" {
            return "\(name) is an intermediate device (ifb), and forwarded packets do not leave by it; name the interface towards the devices or the services"
        }
        return nil
    }

    static func interfaceName(_ message: NetlinkMessage) -> String? {
        message.body.dropping(16).attribute(Attribute.interfaceName)?.text
    }

    // MARK: Disciplines

    static func listDisciplines(of interface: Int32, _ messages: inout NetlinkWriter) {
        messages.message(MessageType.getDiscipline, .dump) { header(interface, handle: 0, parent: 0, &$0) }
    }

    /// The discipline at the root of the interface, if the message describes it.
    static func root(_ message: NetlinkMessage, of interface: Int32, _ framing: Framing) -> RootListing? {
        guard message.body.number(4) == interface, message.body.number(12) == root, let handle: UInt32 = message.body.number(8) else { return nil }
        // The kernel's default discipline has no handle.
        guard handle != 0 else { return .untouched }
        let kind = message.body.dropping(20).attribute(Attribute.kind)?.text ?? "?"
        guard kind == "htb" && handle >> 16 == UInt32(ClassID.major) else { return .foreign("\(kind) \(String(handle >> 16, radix: 16)):") }
        let sizes = message.body.dropping(20).attribute(Attribute.sizes)?.attribute(1)
        let (packet, count) = (sizes?.number(16, as: UInt32.self), sizes?.number(20, as: UInt32.self))
        let isCurrent = framing.header == 0 ? sizes == nil : packet == UInt32(framing.packet) && count == UInt32(SizeTable.count)
        return isCurrent ? .ours : .outdated
    }

    /// Puts our tree at the root of an interface, and replaces the discipline there.
    static func makeRoot(on interface: Int32, _ framing: Framing, _ messages: inout NetlinkWriter) {
        messages.message(MessageType.newDiscipline, [.acknowledge, .create, .replace]) { message in
            header(interface, handle: UInt32(ClassID.major) << 16, parent: root, &message)
            message.attribute(Attribute.kind, text: "htb")
            message.nested(Attribute.options) { options in
                // Version, rate to quantum, default class, debugging, packets sent past the classes.
                let values: [UInt32] = [3, 10, UInt32(ClassID.bestEffort.minor), 0, 0]
                options.attribute(HTB.initial, values.flatMap { value in withUnsafeBytes(of: value) { Array($0) } })
            }
            guard framing.header > 0 else { return }
            message.nested(Attribute.sizes) { sizes in
                // `struct tc_sizespec`: no shifts, no overhead, Ethernet, then the largest packet size, which the
                // kernel only stores.
                let values: [UInt32] = [0, 0, 1, 0, UInt32(framing.packet), UInt32(SizeTable.count)]
                sizes.attribute(1, values.flatMap { value in withUnsafeBytes(of: value) { Array($0) } })
                sizes.attribute(2, SizeTable(framing).sizes.flatMap { value in withUnsafeBytes(of: value) { Array($0) } })
            }
        }
    }

    static func deleteRoot(on interface: Int32, _ messages: inout NetlinkWriter) {
        messages.message(MessageType.deleteDiscipline, .acknowledge) { header(interface, handle: 0, parent: root, &$0) }
    }

    // MARK: Classes

    static func listClasses(of interface: Int32, _ messages: inout NetlinkWriter) {
        messages.message(MessageType.getClass, .dump) { header(interface, handle: 0, parent: 0, &$0) }
    }

    static func findClass(_ id: ClassID, of interface: Int32, _ messages: inout NetlinkWriter) {
        // Without the echo, only listeners to all changes receive the answer.
        messages.message(MessageType.getClass, [.acknowledge, .echo]) { header(interface, handle: id.handle, parent: 0, &$0) }
    }

    /// Makes a class, changes it, or deletes it.
    static func change(_ change: ClassChange, on interface: Int32, _ framing: Framing, _ messages: inout NetlinkWriter) {
        guard let leaf = change.leaf else {
            return messages.message(MessageType.deleteClass, .acknowledge) { header(interface, handle: change.id.handle, parent: 0, &$0) }
        }
        messages.message(MessageType.newClass, [.acknowledge, .create, .replace]) { message in
            let parent = change.id == .root ? UInt32(ClassID.major) << 16 : ClassID.root.handle
            header(interface, handle: change.id.handle, parent: parent, &message)
            message.attribute(Attribute.kind, text: "htb")
            message.nested(Attribute.options) { options in
                let told = ClassParameters(leaf, framing)
                options.attribute(HTB.parameters, parameters(told))
                if told.rate / 8 > Int(UInt32.max) { options.attribute(HTB.rate64, UInt64(told.rate / 8)) }
                if told.ceiling / 8 > Int(UInt32.max) { options.attribute(HTB.ceiling64, UInt64(told.ceiling / 8)) }
            }
        }
    }

    /// `struct tc_htb_opt`: rate and ceiling, bursts as times, quantum, level, priority.
    private static func parameters(_ told: ClassParameters) -> [UInt8] {
        var writer = NetlinkWriter(firstSequence: 0)
        for rate in [told.rate, told.ceiling] {
            // Cell size 0, link layer Ethernet: the kernel then needs no table of sending times.
            writer.put(UInt32(1) << 8)
            writer.put(UInt32(0))
            writer.put(UInt32(clamping: rate / 8))
        }
        writer.put(ticks(told.burst, at: told.rate))
        writer.put(ticks(told.ceilingBurst, at: told.ceiling))
        writer.put(UInt32(told.quantum))
        writer.put(UInt32(0))
        writer.put(UInt32(told.priority))
        return writer.bytes
    }

    /// How long so many bytes take at so many bits per second, in the 64 ns in which the kernel counts.
    private static func ticks(_ bytes: Int, at rate: Int) -> UInt32 {
        UInt32(clamping: Int(Double(bytes) * 8 / Double(rate) * 1e9 / 64))
    }

    /// The class of ours in a message.
    static func foundClass(_ message: NetlinkMessage) -> FoundClass? {
        guard message.type == MessageType.newClass, let handle: UInt32 = message.body.number(8), handle >> 16 == UInt32(ClassID.major) else { return nil }
        let attributes = message.body.dropping(20)
        guard let options = attributes.attribute(Attribute.options), let parameters = options.attribute(HTB.parameters),
            let rate: UInt32 = parameters.number(8), let ceiling: UInt32 = parameters.number(20), let quantum: UInt32 = parameters.number(32),
            let priority: UInt32 = parameters.number(40)
        else { return nil }
        let statistics = attributes.attribute(Attribute.statistics)
        return FoundClass(
            id: ClassID(minor: UInt16(truncatingIfNeeded: handle)), rate: bits(options.attribute(HTB.rate64), rate),
            ceiling: bits(options.attribute(HTB.ceiling64), ceiling), quantum: Int(quantum), priority: Int(priority),
            count: statistics.map { count($0) } ?? TrafficCount(), queued: Int(statistics?.attribute(3)?.number(0, as: UInt32.self) ?? 0))
    }

    private static func bits(_ long: NetlinkReader?, _ short: UInt32) -> Int {
        Int(clamping: long?.number(0) ?? UInt64(short)) * 8
    }

    /// `struct gnet_stats_basic`, or the number of packets beside it if 32 bits are too few, and `struct
    /// gnet_stats_queue`.
    private static func count(_ statistics: NetlinkReader) -> TrafficCount {
        let basic = statistics.attribute(1)
        return TrafficCount(
            bytes: basic?.number(0) ?? 0, packets: statistics.attribute(8)?.number(0) ?? UInt64(basic?.number(8, as: UInt32.self) ?? 0),
            dropped: UInt64(statistics.attribute(3)?.number(8, as: UInt32.self) ?? 0))
    }

    /// `struct tcmsg`.
    static func header(_ interface: Int32, handle: UInt32, parent: UInt32, _ message: inout NetlinkWriter) {
        message.put(UInt32(0))
        message.put(interface)
        message.put(handle)
        message.put(parent)
        message.put(UInt32(0))
    }
}

extension ClassID {
    /// The kernel's number: major and minor.
    var handle: UInt32 { UInt32(Self.major) << 16 | UInt32(minor) }
}
