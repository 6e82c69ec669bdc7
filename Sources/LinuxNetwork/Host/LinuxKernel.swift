import SessionEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The kernel of this machine, or of a network namespace on it.
///
/// Classes and elements, of which there may be thousands, go through netlink; rules, which there are few of and which
/// change with a start only, are written by `nft` from text that people can read (docs/decisions/0019).
final class LinuxKernel: GatewayKernel {
    private let configuration: LinuxNetworkConfiguration
    private let nft: Tool
    private var sockets: (route: NetlinkSocket, filter: NetlinkSocket)?
    /// As they were when they were last looked at.
    private var interfaces: [Direction: Interface] = [:]

    private typealias Interface = (index: Int32, framing: Framing)

    /// How many changes of classes are sent before their answers are read: more answers might not be kept for us.
    private static let mostUnanswered = 256

    init(_ configuration: LinuxNetworkConfiguration) {
        self.configuration = configuration
        nft = Tool(prefix: configuration.namespace.map { ["ip", "netns", "exec", $0] } ?? [])
    }

    // MARK: Looking

    func state() throws(NetworkError) -> KernelState {
        var state = KernelState()
        for direction in Direction.allCases {
            let interface = try findInterface(direction)
            interfaces[direction] = interface
            state.framings[direction] = interface.framing
            state.roots[direction] = try root(of: interface.index)
            state.classes[direction] = try classes(of: interface)
        }
        state.elements = try elements()
        return state
    }

    func classes(_ direction: Direction) throws(NetworkError) -> [ClassID: FoundClass] {
        // Looked for each time: of an interface that went away and came back under another number there would be none.
        let interface = try findInterface(direction)
        interfaces[direction] = interface
        return try classes(of: interface)
    }

    func classes(_ ids: [ClassID], _ direction: Direction) throws(NetworkError) -> [ClassID: FoundClass] {
        let interface = try interface(direction)
        var classes: [ClassID: FoundClass] = [:]
        for start in stride(from: 0, to: ids.count, by: Self.mostUnanswered) {
            let socket = try open().route
            var messages = socket.messages()
            for id in ids[start..<min(start + Self.mostUnanswered, ids.count)] { TrafficControlMessages.findClass(id, of: interface.index, &messages) }
            do {
                try socket.perform(messages, ignoring: ENOENT) { message in
                    if let found = TrafficControlMessages.foundClass(message, interface.framing) { classes[found.id] = found }
                }
            } catch {
                throw failed("looking at classes of \(configuration.link(direction).interface)", error)
            }
        }
        return classes
    }

    /// How packets leave the interfaces that there are.
    func framings() -> [Direction: Framing] {
        var framings: [Direction: Framing] = [:]
        for direction in Direction.allCases { framings[direction] = try? findInterface(direction).framing }
        return framings
    }

    private func findInterface(_ direction: Direction) throws(NetworkError) -> Interface {
        let name = configuration.link(direction).interface
        var found: Interface?
        do {
            let socket = try open().route
            var request = socket.messages()
            TrafficControlMessages.findInterface(name, &request)
            _ = try socket.list(request) { found = TrafficControlMessages.interface($0) }
        } catch let error as NetworkError {
            throw error
        } catch let error as NetlinkError {
            guard error.number != ENODEV else { throw NetworkError("there is no interface \(name)") }
            throw failed("looking for the interface \(name)", error)
        } catch {
            throw NetworkError("\(error)")
        }
        guard let found else { throw NetworkError("there is no interface \(name)") }
        return found
    }

    private func root(of interface: Int32) throws(NetworkError) -> RootListing {
        var root = RootListing.untouched
        try list("listing the queueing disciplines", on: try open().route) { TrafficControlMessages.listDisciplines(of: interface, &$0) } reading: {
            root = TrafficControlMessages.root($0, of: interface) ?? root
        } again: {
            root = .untouched
        }
        return root
    }

    private func classes(of interface: Interface) throws(NetworkError) -> [ClassID: FoundClass] {
        var classes: [ClassID: FoundClass] = [:]
        try list("listing the classes", on: try open().route) { TrafficControlMessages.listClasses(of: interface.index, &$0) } reading: {
            if let found = TrafficControlMessages.foundClass($0, interface.framing) { classes[found.id] = found }
        } again: {
            classes = [:]
        }
        return classes
    }

    private func elements() throws(NetworkError) -> [FilterElement]? {
        let socket = try open().filter
        var request = socket.messages()
        FilterMessages.findTable(&request)
        do {
            _ = try socket.list(request) { _ in }
        } catch {
            guard error.number != ENOENT else { return nil }
            throw failed("looking for the table \(FilterText.table)", error)
        }
        var elements: [FilterElement] = []
        for set in [FilterElement.sessions, FilterElement.marks] + FilterText.Map.allCases.map(\.rawValue) { elements += try self.elements(of: set) }
        return elements
    }

    private func elements(of set: String) throws(NetworkError) -> [FilterElement] {
        var elements: [FilterElement?] = []
        do {
            try list("listing \(FilterText.table) \(set)", on: try open().filter) { FilterMessages.listElements(of: set, &$0) } reading: {
                elements += FilterMessages.elements($0, of: set)
            } again: {
                elements = []
            }
        } catch {
            // A table of an earlier version may lack a map, but never that of the sessions.
            guard set != FilterElement.sessions, error.description.contains(NetlinkError.text(ENOENT)) else {
                throw set == FilterElement.sessions && error.description.contains(NetlinkError.text(ENOENT)) ? Self.foreignTable : error
            }
            return []
        }
        let known = elements.compactMap(\.self)
        guard known.count == elements.count else { throw NetworkError("\(FilterText.table) \(set) holds what this program did not put there") }
        return known
    }

    private static let foreignTable = NetworkError("there is a table \(FilterText.table) that is not this program's; it needs that name for its own")

    /// Lists until what was listed is of one moment.
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
        throw NetworkError("\(what): somebody changes it all the time")
    }

    // MARK: Changing

    func setUp(roots: [Direction]) throws(NetworkError) {
        let socket = try open().route
        for direction in roots {
            let (interface, name) = (try interface(direction).index, configuration.link(direction).interface)
            // The kernel does not change one kind of discipline into another under the same handle.
            var messages = socket.messages()
            TrafficControlMessages.makeRoot(on: interface, &messages)
            do { try socket.perform(messages) } catch { throw failed("making the tree of \(name)", error) }
        }
        try nft.run(["nft", "-f", "-"], input: FilterText.setup(configuration))
    }

    func apply(_ batch: Batch) throws(NetworkError) {
        try change(batch.classes)
        if !batch.deletions.isEmpty || !batch.additions.isEmpty {
            let socket = try open().filter
            var messages = socket.messages()
            FilterMessages.change(deleting: batch.deletions, adding: batch.additions, &messages)
            do { try socket.perform(messages) } catch { throw failed("changing the table \(FilterText.table)", error) }
        }
        try change(batch.leftovers)
    }

    private func change(_ changes: [ClassChange]) throws(NetworkError) {
        for start in stride(from: 0, to: changes.count, by: Self.mostUnanswered) {
            let part = changes[start..<min(start + Self.mostUnanswered, changes.count)]
            let socket = try open().route
            var messages = socket.messages()
            for change in part {
                let interface = try interface(change.direction)
                TrafficControlMessages.change(change, on: interface.index, interface.framing, &messages)
            }
            do {
                try socket.perform(messages)
            } catch {
                let change = part[part.startIndex + min(error.index ?? 0, part.count - 1)]
                throw failed("\(change.leaf == nil ? "deleting" : "setting") class \(change.id) of \(configuration.link(change.direction).interface)", error)
            }
        }
    }

    // MARK: Sockets

    private func interface(_ direction: Direction) throws(NetworkError) -> Interface {
        if let known = interfaces[direction] { return known }
        let found = try findInterface(direction)
        interfaces[direction] = found
        return found
    }

    private func open() throws(NetworkError) -> (route: NetlinkSocket, filter: NetlinkSocket) {
        if let sockets { return sockets }
        let opened = (
            route: try NetlinkSocket(.route, namespace: configuration.namespace), filter: try NetlinkSocket(.netfilter, namespace: configuration.namespace)
        )
        sockets = opened
        return opened
    }

    /// After an error nothing is known of what the sockets would say next, nor of the interfaces.
    private func failed(_ what: String, _ error: NetlinkError) -> NetworkError {
        sockets = nil
        interfaces = [:]
        return NetworkError("\(what): \(error)")
    }
}
