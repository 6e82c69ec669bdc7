/// The queues of classes.
extension TrafficControlMessages {
    /// Attributes within the options of fq_codel.
    private enum FairQueue {
        static let target: UInt16 = 1
        static let packets: UInt16 = 2
        static let interval: UInt16 = 3
        static let flows: UInt16 = 5
        static let memory: UInt16 = 9
    }

    private static let (fair, bytes) = ("fq_codel", "bfifo")

    /// Gives a class its queue, or changes the one that it has.
    ///
    /// - Parameter isNew: whether the class has no queue of ours yet; the number of separate flows cannot change
    ///   later.
    static func makeQueue(
        _ queue: LeafQueue.Parameters, of id: ClassID, on interface: Int32, isFair: Bool, isNew: Bool, _ messages: inout NetlinkWriter
    ) {
        messages.message(MessageType.newDiscipline, isNew ? [.acknowledge, .create, .replace] : [.acknowledge, .replace]) { message in
            header(interface, handle: id.queueHandle ?? 0, parent: id.handle, &message)
            message.attribute(Attribute.kind, text: isFair ? fair : bytes)
            guard isFair else { return message.attribute(Attribute.options, UInt32(clamping: queue.bytes)) }
            message.nested(Attribute.options) { options in
                options.attribute(FairQueue.target, UInt32(clamping: queue.target))
                options.attribute(FairQueue.interval, UInt32(clamping: 100_000 + queue.target))
                options.attribute(FairQueue.packets, UInt32(clamping: queue.packets))
                options.attribute(FairQueue.memory, UInt32(clamping: queue.memory))
                if isNew { options.attribute(FairQueue.flows, UInt32(queue.flows)) }
            }
        }
    }

    /// Asks for the queue of a class; the answer is `ENOENT` if there is none.
    static func findQueue(of id: ClassID, on interface: Int32, _ messages: inout NetlinkWriter) {
        messages.message(MessageType.getDiscipline, [.acknowledge, .echo]) { header(interface, handle: 0, parent: id.handle, &$0) }
    }

    /// How many packets the queue in a message has dropped, including packets that had waited there for some time.
    /// The class itself counts only the packets that its queue did not accept.
    static func dropped(_ message: NetlinkMessage, of interface: Int32) -> (ClassID, UInt64)? {
        guard message.type == MessageType.newDiscipline, message.body.number(4) == interface, let parent: UInt32 = message.body.number(12),
            parent >> 16 == UInt32(ClassID.major), parent & 0xffff != 0,
            let dropped: UInt32 = message.body.dropping(20).attribute(Attribute.statistics)?.attribute(3)?.number(8)
        else { return nil }
        return (ClassID(minor: UInt16(truncatingIfNeeded: parent)), UInt64(dropped))
    }

    /// Whether an error says that the kernel does not have a kind of queue.
    static func isUnknownKind(_ error: NetlinkError) -> Bool { error.explanation?.contains("qdisc kind is unknown") == true }

    /// The queue of one of our classes in a message; `nil` for a kind that this program does not use.
    static func queue(_ message: NetlinkMessage, of interface: Int32) -> (ClassID, LeafQueue)? {
        guard message.body.number(4) == interface, let parent: UInt32 = message.body.number(12), parent >> 16 == UInt32(ClassID.major) else { return nil }
        let attributes = message.body.dropping(20)
        let (kind, options) = (attributes.attribute(Attribute.kind)?.text, attributes.attribute(Attribute.options))
        let id = ClassID(minor: UInt16(truncatingIfNeeded: parent))
        switch kind {
        case bytes: return (options?.number(0, as: UInt32.self)).map { (id, .bytes(Int($0))) }
        case fair:
            guard let packets: UInt32 = options?.attribute(FairQueue.packets)?.number(0) else { return nil }
            let memory: UInt32 = options?.attribute(FairQueue.memory)?.number(0) ?? 0
            return (id, .fair(packets: Int(packets), memory: Int(memory)))
        default: return nil
        }
    }
}

extension ClassID {
    /// The handle of the class's queue; `nil` if the tree itself has this handle, and the kernel must choose one.
    var queueHandle: UInt32? { minor == Self.major ? nil : UInt32(minor) << 16 }
}
