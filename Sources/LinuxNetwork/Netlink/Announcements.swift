/// The kernel's announcements of links, queueing disciplines, classes and tables, searched for disturbances of a
/// gateway.
///
/// The platform's own changes are recognized by the socket that made them, and are no disturbance.
struct Announcements {
    /// The kernel's groups (`linux/rtnetlink.h`, `linux/netfilter/nfnetlink.h`).
    enum Group {
        static let links: Int32 = 1
        static let trafficControl: Int32 = 4
        static let tables: Int32 = 7
    }

    private enum MessageType {
        static let links: ClosedRange<UInt16> = 16...17
        static let linkGone: UInt16 = 17
        static let disciplines: ClosedRange<UInt16> = 36...37
        static let disciplineGone: UInt16 = 37
        static let classes: ClosedRange<UInt16> = 40...41
        /// Tables, chains, rules, sets and their elements, made or deleted.
        static let filter: ClosedRange<UInt16> = 0xa00...0xa0e
    }

    private struct Link: Equatable {
        let index: Int32
        let framing: Framing
    }

    private let names: [String]
    private let table: String
    private let isOwn: (UInt32) -> Bool
    /// By name, the interfaces that exist.
    private var links: [String: Link] = [:]

    /// - Parameter isOwn: whether the platform itself changes the kernel by a socket.
    init(interfaces: [String], table: String, isOwn: @escaping (UInt32) -> Bool) {
        names = interfaces
        self.table = table
        self.isOwn = isOwn
    }

    /// - Returns: the disturbance; `nil` if nothing of the gateway's is disturbed.
    mutating func disturbance(_ message: NetlinkMessage) -> String? {
        switch message.type {
        case MessageType.links: link(message)
        case _ where isOwn(message.port): nil
        case MessageType.disciplines: discipline(message)
        case MessageType.classes: changed(message, "a class")
        case MessageType.filter: filter(message)
        default: nil
        }
    }

    /// Notes an interface that existed before the kernel was asked to announce.
    mutating func note(_ name: String, index: Int32, framing: Framing) {
        links[name] = Link(index: index, framing: framing)
    }

    private mutating func link(_ message: NetlinkMessage) -> String? {
        guard let (index, framing) = TrafficControlMessages.interface(message), let name = TrafficControlMessages.interfaceName(message) else { return nil }
        if let former = links.first(where: { $0.value.index == index && $0.key != name })?.key {
            links[former] = nil
            return "the interface \(former) is now called \(name)"
        }
        guard names.contains(name) else { return nil }
        if message.type == MessageType.linkGone {
            // A port that leaves a bridge is announced as gone there, but the interface stays.
            guard links[name]?.index == index, message.body.number(0, as: UInt8.self) == 0 else { return nil }
            links[name] = nil
            return "the interface \(name) is gone"
        }
        let link = Link(index: index, framing: framing)
        guard links.updateValue(link, forKey: name) != link else { return nil }
        return "the interface \(name) is new"
    }

    private func discipline(_ message: NetlinkMessage) -> String? {
        guard let name = interface(of: message), let handle: UInt32 = message.body.number(8), let parent: UInt32 = message.body.number(12) else {
            return nil
        }
        let isOurs = handle >> 16 == UInt32(ClassID.major) || parent >> 16 == UInt32(ClassID.major)
        let isRoot = parent == TrafficControlMessages.root
        guard isOurs || isRoot && message.type != MessageType.disciplineGone && handle != 0 else { return nil }
        return "another program changed the queueing disciplines of \(name)"
    }

    private func changed(_ message: NetlinkMessage, _ what: String) -> String? {
        guard let name = interface(of: message), let handle: UInt32 = message.body.number(8), handle >> 16 == UInt32(ClassID.major) else { return nil }
        return "another program changed \(what) of \(name)"
    }

    private func interface(of message: NetlinkMessage) -> String? {
        guard let index: Int32 = message.body.number(4) else { return nil }
        return links.first { $0.value.index == index }?.key
    }

    private func filter(_ message: NetlinkMessage) -> String? {
        let families: [UInt8: String] = [1: "inet", 3: "arp"]
        guard let family = message.body.number(0, as: UInt8.self).flatMap({ families[$0] }), message.body.dropping(4).attribute(1)?.text == table else {
            return nil
        }
        return "another program changed the table \(family) \(table)"
    }
}
