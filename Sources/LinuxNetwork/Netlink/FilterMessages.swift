/// Elements of the packet filter's sets and maps, in the kernel's form (`linux/netfilter/nf_tables.h`).
enum FilterMessages {
    private enum MessageType {
        static let batchBegin: UInt16 = 0x10
        static let batchEnd: UInt16 = 0x11
        static let getTable = subsystem << 8 | 1
        static let getSet = subsystem << 8 | 10
        static let newElement = subsystem << 8 | 12
        static let getElement = subsystem << 8 | 13
        static let deleteElement = subsystem << 8 | 14
    }

    private enum Attribute {
        static let table: UInt16 = 1
        static let set: UInt16 = 2
        static let elements: UInt16 = 3
        static let one: UInt16 = 1
    }

    /// Attributes of an element.
    private enum Part {
        static let key: UInt16 = 1
        static let data: UInt16 = 2
        static let userData: UInt16 = 6
        static let keyEnd: UInt16 = 10
    }

    private static let subsystem: UInt16 = 10
    private static let inet: UInt8 = 1
    /// The verdict of a map that makes a packet continue in another chain.
    private static let goTo: Int32 = -4
    /// An attribute's length has 16 bits, so an element list must stay well below 64 KiB.
    private static let mostInMessage = 256

    // MARK: Changing

    /// Changes as one transaction: all of them happen, or none.
    static func change(deleting deletions: [FilterElement], adding additions: [FilterElement], in table: String = FilterText.tableName, _ messages: inout NetlinkWriter) {
        messages.message(MessageType.batchBegin, []) { header(resource: subsystem, family: 0, &$0) }
        let groups = grouped(deletions).map { (MessageType.deleteElement, $0) } + grouped(additions).map { (MessageType.newElement, $0) }
        for (index, (type, group)) in groups.enumerated() {
            // The kernel always reports errors; only the last message asks for a confirmation, which covers all.
            let flags: NetlinkWriter.Flags = index == groups.count - 1 ? [.acknowledge, .create] : .create
            messages.message(type, type == MessageType.newElement ? flags : flags.subtracting(.create)) { message in
                header(resource: 0, family: inet, &message)
                message.attribute(Attribute.table, text: table)
                message.attribute(Attribute.set, text: group[0].set)
                message.nested(Attribute.elements) { list in
                    for element in group { list.nested(Attribute.one) { write(element, withData: type == MessageType.newElement, &$0) } }
                }
            }
        }
        messages.message(MessageType.batchEnd, []) { header(resource: subsystem, family: 0, &$0) }
    }

    /// Groups the elements by set, in their order, with a limited number in each group.
    private static func grouped(_ elements: [FilterElement]) -> [[FilterElement]] {
        var groups: [[FilterElement]] = []
        for (_, ofSet) in Dictionary(grouping: elements, by: \.set).sorted(by: { $0.key < $1.key }) {
            for start in stride(from: 0, to: ofSet.count, by: mostInMessage) { groups.append(Array(ofSet[start..<min(start + mostInMessage, ofSet.count)])) }
        }
        return groups
    }

    private static func write(_ element: FilterElement, withData: Bool, _ message: inout NetlinkWriter) {
        message.nested(Part.key) { $0.attribute(1, element.key) }
        if let end = element.keyEnd { message.nested(Part.keyEnd) { $0.attribute(1, end) } }
        guard withData else { return }
        switch element.content {
        case .session(_, let comment):
            // The form in which nft writes a comment: its type, its length, and text that ends with a zero.
            let text = Array(comment.utf8.prefix(254)) + [0]
            message.attribute(Part.userData, [0, UInt8(text.count)] + text)
        case .mark(_, let dscp):
            message.nested(Part.data) { data in
                data.nested(2) { verdict in
                    verdict.attribute(1, Self.goTo.bigEndian)
                    verdict.attribute(2, text: FilterText.markChain(dscp))
                }
            }
        case .traffic(_, let id):
            message.nested(Part.data) { $0.attribute(1, id.handle) }
        }
    }

    // MARK: Looking

    /// Asks for the table; the answer is `ENOENT` if there is none.
    static func findTable(_ table: String, _ messages: inout NetlinkWriter) {
        messages.message(MessageType.getTable, .acknowledge) { message in
            header(resource: 0, family: inet, &message)
            message.attribute(1, text: table)
        }
    }

    /// Asks for the sets and maps of a table.
    static func listSets(of table: String, _ messages: inout NetlinkWriter) {
        messages.message(MessageType.getSet, .dump) { message in
            header(resource: 0, family: inet, &message)
            message.attribute(1, text: table)
        }
    }

    /// The name of the set in a message.
    static func set(_ message: NetlinkMessage) -> String? { message.body.dropping(4).attribute(2)?.text }

    static func listElements(of set: String, in table: String, _ messages: inout NetlinkWriter) {
        messages.message(MessageType.getElement, .dump) { message in
            header(resource: 0, family: inet, &message)
            message.attribute(Attribute.table, text: table)
            message.attribute(Attribute.set, text: set)
        }
    }

    /// Asks for the flow tables of all families.
    static func listFlowTables(_ messages: inout NetlinkWriter) {
        messages.message(subsystem << 8 | 23, .dump) { header(resource: 0, family: 0, &$0) }
    }

    /// The flow table in a message, and its interfaces.
    static func flowTable(_ message: NetlinkMessage) -> (name: String, interfaces: Set<String>)? {
        let attributes = message.body.dropping(4)
        guard let table = attributes.attribute(1)?.text, let name = attributes.attribute(2)?.text else { return nil }
        var interfaces: Set<String> = []
        attributes.attribute(3)?.attribute(3)?.forEachAttribute { interfaces.insert($1.text) }
        return ("\(table) \(name)", interfaces)
    }

    /// The elements of a set in a message; `nil` for an element that this program cannot have put there.
    static func elements(_ message: NetlinkMessage, of set: String) -> [FilterElement?] {
        var found: [FilterElement?] = []
        let part = FilterText.Part(name: set)
        message.body.dropping(4).attribute(Attribute.elements)?.forEachAttribute { _, element in
            found.append(part.map { readTraffic(element, of: $0) } ?? read(element, of: set))
        }
        return found
    }

    private static func readTraffic(_ element: NetlinkReader, of part: FilterText.Part) -> FilterElement? {
        guard let key = element.attribute(Part.key)?.attribute(1), let id = classID(element.attribute(Part.data)?.attribute(1)),
            let match = TrafficMatch(key.array, end: element.attribute(Part.keyEnd)?.attribute(1)?.array, part.map, prefixLength: part.prefixLength),
            FilterText.Part(match) == part
        else { return nil }
        return FilterElement(match, id)
    }

    private static func read(_ element: NetlinkReader, of set: String) -> FilterElement? {
        guard let id = classID(element.attribute(Part.key)?.attribute(1)) else { return nil }
        if set == FilterElement.sessions {
            guard let comment = element.attribute(Part.userData).flatMap(comment) else { return nil }
            return FilterElement(content: .session(id, comment: comment))
        }
        let verdict = element.attribute(Part.data)?.attribute(2)
        guard verdict?.attribute(1)?.number(0) == goTo.bigEndian, let dscp = (verdict?.attribute(2)?.text).flatMap(FilterText.dscp) else { return nil }
        return FilterElement(content: .mark(id, dscp: dscp))
    }

    private static func comment(_ userData: NetlinkReader) -> String? {
        guard let type: UInt8 = userData.number(0), type == 0, let length: UInt8 = userData.number(1), Int(length) <= userData.count - 2 else { return nil }
        return userData.dropping(2).text
    }

    private static func classID(_ reader: NetlinkReader?) -> ClassID? {
        guard let handle: UInt32 = reader?.number(0), handle >> 16 == UInt32(ClassID.major) else { return nil }
        return ClassID(minor: UInt16(truncatingIfNeeded: handle))
    }

    /// `struct nfgenmsg`.
    private static func header(resource: UInt16, family: UInt8, _ message: inout NetlinkWriter) {
        message.put(family)
        message.put(UInt8(0))
        message.put(resource.bigEndian)
    }
}
