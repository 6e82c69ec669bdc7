import Southbound

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The kernel of this machine, or of a network namespace on it.
///
/// Classes and elements, of which there may be thousands, go through netlink. Rules are few and change only at a
/// start, so `nft` writes them from text that people can read (docs/decisions/0019).
final class LinuxKernel: GatewayKernel {
    let configuration: LinuxNetworkConfiguration
    let nft: Tool
    private let own: OwnChanges
    private var sockets: (route: NetlinkSocket, filter: NetlinkSocket)?
    /// The interfaces, as of the last check.
    private var interfaces: [Direction: Interface] = [:]
    /// The classes that have a queue of ours.
    private var queues: [Direction: Set<ClassID>] = [:]
    /// The lengths of devices' prefixes for which the table has maps.
    private var prefixLengths: Set<Int> = []
    /// Whether the kernel has fq_codel, as far as is known.
    private var isFair = true

    typealias Interface = (index: Int32, framing: Framing)

    /// How many changes of classes are sent before their answers are read: the kernel might not keep more answers for
    /// us.
    private static let mostUnanswered = 256

    /// - Parameter own: collects the sockets that change the kernel from here.
    init(_ configuration: LinuxNetworkConfiguration, own: OwnChanges = OwnChanges()) {
        self.configuration = configuration
        self.own = own
        var nft = Tool(prefix: configuration.namespace.map { ["ip", "netns", "exec", $0] } ?? [])
        // The kernel names a process's first netlink socket after the process.
        nft.started = { own.add(UInt32(bitPattern: $0)) }
        self.nft = nft
    }

    // MARK: Looking

    func state() throws(NetworkError) -> KernelState {
        var state = KernelState()
        for direction in Direction.allCases {
            let interface = try findInterface(direction)
            interfaces[direction] = interface
            state.framings[direction] = interface.framing
            let found = try disciplines(of: interface)
            state.roots[direction] = found.root
            state.classes[direction] = try classes(of: interface)
            for (id, queue) in found.queues { state.classes[direction]?[id]?.queue = queue }
            queues[direction] = Set(found.queues.keys)
            // The kernel cannot turn one kind of queue into the other while a class exists.
            if let queue = found.queues.values.first { isFair = if case .fair = queue { true } else { false } }
        }
        state.elements = try elements()
        return state
    }

    func classes(_ direction: Direction) throws(NetworkError) -> [ClassID: FoundClass] {
        // The interface is looked up each time: if it went away and came back under another number, the old number
        // has no classes.
        let interface = try findInterface(direction)
        interfaces[direction] = interface
        var classes = try classes(of: interface)
        for dropped in try disciplines(of: interface).dropped { classes.note(dropped) }
        return classes
    }

    func classes(_ ids: [ClassID], _ direction: Direction) throws(NetworkError) -> [ClassID: FoundClass] {
        let interface = try interface(direction)
        var classes: [ClassID: FoundClass] = [:]
        for start in stride(from: 0, to: ids.count, by: Self.mostUnanswered / 2) {
            let socket = try open().route
            var messages = socket.messages()
            for id in ids[start..<min(start + Self.mostUnanswered / 2, ids.count)] {
                TrafficControlMessages.findClass(id, of: interface.index, &messages)
                TrafficControlMessages.findQueue(of: id, on: interface.index, &messages)
            }
            do {
                try socket.perform(messages, ignoring: ENOENT) { message in
                    if let found = TrafficControlMessages.foundClass(message) { classes[found.id] = found }
                    classes.note(TrafficControlMessages.dropped(message, of: interface.index))
                }
            } catch {
                throw failed("reading classes of \(configuration.link(direction).interface)", error)
            }
        }
        return classes
    }

    /// By direction, how packets leave the existing interfaces.
    func framings() -> [Direction: Framing] {
        var framings: [Direction: Framing] = [:]
        for direction in Direction.allCases { framings[direction] = try? findInterface(direction).framing }
        return framings
    }

    func findInterface(_ direction: Direction) throws(NetworkError) -> Interface {
        let name = configuration.link(direction).interface
        var (found, bypass): (Interface?, String?) = (nil, nil)
        do {
            let socket = try open().route
            var request = socket.messages()
            TrafficControlMessages.findInterface(name, &request)
            _ = try socket.list(request) { message in
                found = TrafficControlMessages.interface(message)
                bypass = TrafficControlMessages.bypass(message, name)
            }
        } catch let error as NetworkError {
            throw error
        } catch let error as NetlinkError {
            guard error.number != ENODEV else { throw NetworkError("there is no interface \(name)") }
            throw failed("looking for the interface \(name)", error)
        } catch {
            throw NetworkError("\(error)")
        }
        guard let found else { throw NetworkError("there is no interface \(name)") }
        if let bypass { throw NetworkError(bypass) }
        return found
    }

    private typealias Disciplines = (root: RootListing, queues: [ClassID: LeafQueue], dropped: [(ClassID, UInt64)])

    private func disciplines(of interface: Interface) throws(NetworkError) -> Disciplines {
        var found: Disciplines = (.untouched, [:], [])
        try list("listing the queueing disciplines", on: try open().route) {
            TrafficControlMessages.listDisciplines(of: interface.index, &$0)
        } reading: {
            found.root = TrafficControlMessages.root($0, of: interface.index, interface.framing) ?? found.root
            if let (id, queue) = TrafficControlMessages.queue($0, of: interface.index) { found.queues[id] = queue }
            if let dropped = TrafficControlMessages.dropped($0, of: interface.index) { found.dropped.append(dropped) }
        } again: {
            found = (.untouched, [:], [])
        }
        return found
    }

    private func classes(of interface: Interface) throws(NetworkError) -> [ClassID: FoundClass] {
        var classes: [ClassID: FoundClass] = [:]
        try list("listing the classes", on: try open().route) { TrafficControlMessages.listClasses(of: interface.index, &$0) } reading: {
            if let found = TrafficControlMessages.foundClass($0) { classes[found.id] = found }
        } again: {
            classes = [:]
        }
        return classes
    }

    private func elements() throws(NetworkError) -> [FilterElement]? {
        let socket = try open().filter
        var request = socket.messages()
        FilterMessages.findTable(configuration.tableName, &request)
        do {
            _ = try socket.list(request) { _ in }
        } catch {
            guard error.number != ENOENT else {
                prefixLengths = []
                return nil
            }
            throw failed("looking for the table inet \(configuration.tableName)", error)
        }
        var elements: [FilterElement] = []
        let parts = try parts()
        prefixLengths = Set(parts.compactMap(\.prefixLength))
        for set in [FilterElement.sessions, FilterElement.marks] + parts.map(\.name) { elements += try self.elements(of: set) }
        return elements
    }

    /// The maps that the table has.
    private func parts() throws(NetworkError) -> [FilterText.Part] {
        var parts: [FilterText.Part] = []
        try list("listing the maps of inet \(configuration.tableName)", on: try open().filter) {
            FilterMessages.listSets(of: configuration.tableName, &$0)
        } reading: {
            if let part = FilterMessages.set($0).flatMap(FilterText.Part.init(name:)) { parts.append(part) }
        } again: {
            parts = []
        }
        return parts
    }

    private func elements(of set: String) throws(NetworkError) -> [FilterElement] {
        var elements: [FilterElement?] = []
        do {
            try list("listing inet \(configuration.tableName) \(set)", on: try open().filter) { FilterMessages.listElements(of: set, in: configuration.tableName, &$0) } reading: {
                elements += FilterMessages.elements($0, of: set)
            } again: {
                elements = []
            }
        } catch {
            // A table of an earlier version may lack a map, but never the map of sessions.
            guard set != FilterElement.sessions, error.description.contains(NetlinkError.text(ENOENT)) else {
                throw set == FilterElement.sessions && error.description.contains(NetlinkError.text(ENOENT)) ? foreignTable : error
            }
            return []
        }
        let known = elements.compactMap(\.self)
        guard known.count == elements.count else { throw NetworkError("inet \(configuration.tableName) \(set) has an element that this program did not make") }
        return known
    }

    private var foreignTable: NetworkError {
        NetworkError(
            "the table inet \(configuration.tableName) belongs to another program; delete it, or give this platform's table another name with network.name")
    }

    /// Lists again until the list shows a single moment.
    private func list(
        _ what: String, on socket: NetlinkSocket, _ request: (inout NetlinkWriter) -> Void, reading: (NetlinkMessage) -> Void, again: () -> Void
    ) throws(NetworkError) {
        for _ in 0..<5 {
            var messages = socket.messages()
            request(&messages)
            do {
                if try socket.list(messages, reading) { return }
            } catch {
                throw failed(what, error)
            }
            again()
        }
        throw NetworkError("\(what): another program changes it all the time")
    }

    // MARK: Changing

    func setUp(roots: [Direction]) throws(NetworkError) {
        let socket = try open().route
        for direction in roots {
            let (interface, name) = (try interface(direction), configuration.link(direction).interface)
            var messages = socket.messages()
            // The kernel does not change a tree under the same handle, nor one kind of discipline into another.
            if try disciplines(of: interface).root == .outdated { TrafficControlMessages.deleteRoot(on: interface.index, &messages) }
            TrafficControlMessages.makeRoot(on: interface.index, interface.framing, &messages)
            do { try socket.perform(messages) } catch { throw failed("making the tree of \(name)", error) }
            queues[direction] = []
        }
        try writeRules()
    }

    private func writeRules() throws(NetworkError) {
        func write(_ defragmenting: FilterText.Defragmenting) throws(NetworkError) {
            let text = FilterText.setup(configuration, prefixLengths: prefixLengths, defragmenting)
            try nft.run(["nft", "-f", "-"], input: FilterText.renamed(text, configuration))
        }
        do {
            try write(.alone)
        } catch {
            // A kernel that lacks one way to defragment has the other. If both fail, the first error says more.
            guard (try? write(.tracking)) != nil else { throw error }
        }
    }

    func apply(_ batch: Batch) throws(NetworkError) {
        try change(batch.classes)
        if !batch.prefixLengths.isSubset(of: prefixLengths) {
            prefixLengths.formUnion(batch.prefixLengths)
            try writeRules()
        }
        if !batch.deletions.isEmpty || !batch.additions.isEmpty {
            let socket = try open().filter
            var messages = socket.messages()
            FilterMessages.change(deleting: batch.deletions, adding: batch.additions, in: configuration.tableName, &messages)
            do { try socket.perform(messages) } catch { throw failed("changing the table inet \(configuration.tableName)", error) }
        }
        try change(batch.leftovers)
    }

    private func change(_ changes: [ClassChange]) throws(NetworkError) {
        // Two messages for each class at most.
        for start in stride(from: 0, to: changes.count, by: Self.mostUnanswered / 2) {
            let part = changes[start..<min(start + Self.mostUnanswered / 2, changes.count)]
            guard try !send(part, classes: true) else { continue }
            isFair = false
            _ = try send(part, classes: false)
        }
    }

    /// Makes classes and their queues, or the queues only.
    ///
    /// - Returns: whether the kernel has the kind of queue that was asked for.
    private func send(_ part: ArraySlice<ClassChange>, classes: Bool) throws(NetworkError) -> Bool {
        let socket = try open().route
        var messages = socket.messages()
        // The change that each message belongs to.
        var subjects: [ClassChange] = []
        for change in part {
            let interface = try interface(change.direction)
            if classes {
                TrafficControlMessages.change(change, on: interface.index, interface.framing, &messages)
                subjects.append(change)
            }
            guard let leaf = change.leaf, change.id != .root else { continue }
            let queue = LeafQueue.Parameters(change.id, leaf, interface.framing)
            let isNew = queues[change.direction]?.contains(change.id) != true
            TrafficControlMessages.makeQueue(queue, of: change.id, on: interface.index, isFair: isFair, isNew: isNew, &messages)
            subjects.append(change)
        }
        do {
            try socket.perform(messages)
        } catch {
            if isFair, TrafficControlMessages.isUnknownKind(error) { return false }
            let change = subjects[min(error.index ?? 0, subjects.count - 1)]
            throw failed("\(change.leaf == nil ? "deleting" : "setting") class \(change.id) of \(configuration.link(change.direction).interface)", error)
        }
        for change in part where change.id != .root {
            if change.leaf == nil { queues[change.direction]?.remove(change.id) } else { queues[change.direction, default: []].insert(change.id) }
        }
        return true
    }

    // MARK: Sockets

    func interface(_ direction: Direction) throws(NetworkError) -> Interface {
        if let known = interfaces[direction] { return known }
        let found = try findInterface(direction)
        interfaces[direction] = found
        return found
    }

    func open() throws(NetworkError) -> (route: NetlinkSocket, filter: NetlinkSocket) {
        if let sockets {
            own.add(sockets.route.port)
            own.add(sockets.filter.port)
            return sockets
        }
        let opened = (
            route: try NetlinkSocket(.route, namespace: configuration.namespace), filter: try NetlinkSocket(.netfilter, namespace: configuration.namespace)
        )
        own.add(opened.route.port)
        own.add(opened.filter.port)
        sockets = opened
        return opened
    }

    /// After an error, the next answers of the sockets and the state of the interfaces are unknown.
    private func failed(_ what: String, _ error: NetlinkError) -> NetworkError {
        sockets = nil
        interfaces = [:]
        queues = [:]
        return NetworkError("\(what): \(error)")
    }
}

extension [ClassID: FoundClass] {
    /// Adds the packets that a class's queue has dropped to the class's own count.
    fileprivate mutating func note(_ queue: (id: ClassID, dropped: UInt64)?) {
        guard let queue, let found = self[queue.id] else { return }
        self[queue.id]?.count.dropped = Swift.max(found.count.dropped, queue.dropped)
    }
}
