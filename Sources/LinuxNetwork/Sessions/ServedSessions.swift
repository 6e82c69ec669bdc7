import QualityOnDemand
import SessionEngine

/// What the gateway shall do for all sessions: decides what is taken on and remembers what thereby changes.
///
/// It knows nothing of tools; ``BatchText`` makes text of its changes.
struct ServedSessions: Sendable {
    /// One session before and after; `nil` where there is nothing.
    struct Change: Hashable, Sendable {
        var before: Service?
        var after: Service?
        /// Whether the class that it leaves stays in the kernel, for a session to come.
        var keepsClass = false
    }

    /// What the kernel does not know of a session that newer ones have cut into: all that it is for.
    struct Recollection: Sendable {
        fileprivate let service: Service
        fileprivate let wanted: Set<TrafficMatch>
    }

    /// Addresses times port ranges of one flow: more would crowd out the others.
    static let mostMatches = 1024

    private let configuration: LinuxNetworkConfiguration
    private(set) var services: [SessionID: Service] = [:]
    /// All that each session is for, also what newer ones have of it.
    private var wanted: [SessionID: Set<TrafficMatch>] = [:]
    /// Those that newer sessions have cut into.
    private var partial: Set<SessionID> = []
    /// The gateway's classes.
    var pool: ClassPool
    private var guaranteed: [Direction: Int] = [.downlink: 0, .uplink: 0]
    /// Which sessions a device has, so that finding an overlap does not take longer with every other device's session.
    private var sessionsOfDevice: [IPSubnet: Set<SessionID>] = [:]
    private var changes: [SessionID: Change] = [:]

    /// - Parameters:
    ///   - services: what the kernel has.
    ///   - spares: the classes beside theirs.
    ///   - earlier: what was known before of sessions that newer ones have cut into. Such a session that it does not fit is
    ///     let go of, so that it is programmed anew.
    init(
        _ services: [Service] = [], spares: [ClassID] = [], recalling earlier: [SessionID: Recollection] = [:], _ configuration: LinuxNetworkConfiguration
    ) {
        self.configuration = configuration
        pool = ClassPool(taken: services.map(\.classID), spares: spares)
        for service in services {
            let known = service.isPartial ? earlier[service.session].flatMap { $0.service == service ? $0.wanted : nil } : nil
            insert(service, wanted: known ?? service.matches)
            if service.isPartial, known == nil { release(service.session) }
        }
    }

    /// What a later look at the kernel will not tell.
    var recollections: [SessionID: Recollection] {
        var found: [SessionID: Recollection] = [:]
        for session in partial {
            guard let service = services[session], let wanted = wanted[session] else { continue }
            found[session] = Recollection(service: service, wanted: wanted)
        }
        return found
    }

    /// Whether something has changed since the last call of ``takeChanges()``.
    var hasChanges: Bool { changes.values.contains { $0.before != $0.after } }

    /// Bits per second guaranteed in all.
    func guaranteed(_ direction: Direction) -> Int { guaranteed[direction, default: 0] }

    /// What has changed since the last call, in the order of the class ids.
    mutating func takeChanges() -> [Change] {
        defer { changes = [:] }
        return changes.values.filter { $0.before != $0.after }.sorted { $0.place < $1.place }
    }

    mutating func program(_ grant: Grant) -> GrantAnswer {
        let before = services[grant.session]
        var candidate = Service(grant, in: before?.place ?? ClassPool.Place(id: ClassID(minor: 0)), configuration)
        let all = candidate.matches
        guard !all.isEmpty else { return .refused("the device has no address of the service's IP version") }
        guard all.count <= Self.mostMatches else {
            return .refused("the flow falls into \(all.count) pieces; \(Self.mostMatches) are possible")
        }
        for direction in Direction.allCases {
            if let reason = shortage(of: candidate, instead: before, direction) { return .refused(reason) }
        }
        guard let place = before?.place ?? pool.take() else { return .refused("every class of the gateway is taken") }
        candidate = Service(grant, in: place, configuration)
        let devices = Set((wanted[grant.session] ?? []).union(all).map(\.device))
        if let before { remove(before) }
        insert(candidate, wanted: all)
        note(grant.session, before: before, after: candidate)
        settle(devices)
        return .ready
    }

    mutating func release(_ session: SessionID) {
        guard let service = services[session] else { return }
        let devices = Set(wanted[session, default: []].map(\.device))
        remove(service)
        // One that was never made cannot stay.
        let isThere = changes[session].map { $0.before != nil } ?? true
        let keepsClass = isThere && pool.keepsClasses
        pool.giveBack(service.classID, isKept: keepsClass)
        note(session, before: service, after: nil)
        changes[session]?.keepsClass = keepsClass
        settle(devices)
    }

    /// Lets go of the newest sessions until no more is guaranteed than can be: the gateway may have been given less.
    ///
    /// - Returns: those that had to go.
    mutating func evictExcess() -> [SessionID] {
        var evicted: [SessionID] = []
        for direction in Direction.allCases {
            let newestFirst = services.values.filter { $0.leaf(direction).guaranteed > 0 }.map(\.session).sorted(by: >)
            for session in newestFirst {
                guard guaranteed(direction) > configuration.guaranteeable(direction) else { break }
                release(session)
                evicted.append(session)
            }
        }
        return evicted
    }

    // MARK: Overlapping sessions

    /// Gives the traffic of devices to their sessions: what several are for to the newest.
    private mutating func settle(_ devices: Set<IPSubnet>) {
        for session in devices.reduce(into: Set<SessionID>(), { $0.formUnion(sessionsOfDevice[$1, default: []]) }) {
            guard let before = services[session] else { continue }
            let all = wanted[session, default: []]
            var after = before
            after.matches = remainder(of: session, all)
            after.isPartial = after.matches != all
            guard after != before else { continue }
            services[session] = after
            if after.isPartial { partial.insert(session) } else { partial.remove(session) }
            note(session, before: before, after: after)
        }
    }

    /// Cut into more pieces than a session may have, it gives way whole.
    private func remainder(of session: SessionID, _ all: Set<TrafficMatch>) -> Set<TrafficMatch> {
        let peers = Set(all.map(\.device)).reduce(into: Set<SessionID>()) { $0.formUnion(sessionsOfDevice[$1, default: []]) }
        var pieces = Array(all)
        // Always in the same order: where the cuts are depends on it, though not what is left.
        for newer in peers.filter({ $0 > session }).sorted() {
            for match in wanted[newer, default: []].sorted(by: { "\($0)" < "\($1)" }) { pieces = pieces.flatMap { $0.minus(match) } }
            guard pieces.count <= Self.mostMatches else { return [] }
        }
        return Set(pieces)
    }

    // MARK: Admission

    private func shortage(of candidate: Service, instead before: Service?, _ direction: Direction) -> String? {
        let others = guaranteed(direction) - (before?.leaf(direction).guaranteed ?? 0)
        let wanted = candidate.leaf(direction).guaranteed
        let free = configuration.guaranteeable(direction) - others
        // A session that needs no more than it has is never sent away, even where the capacity was lowered meanwhile.
        guard wanted > free, wanted > before?.leaf(direction).guaranteed ?? 0 else { return nil }
        return "the \(direction) has \(max(free, 0)) bit/s left to guarantee, \(wanted) are needed"
    }

    // MARK: Keeping count

    private mutating func insert(_ service: Service, wanted all: Set<TrafficMatch>) {
        services[service.session] = service
        wanted[service.session] = all
        if service.isPartial { partial.insert(service.session) }
        for direction in Direction.allCases { guaranteed[direction, default: 0] += service.leaf(direction).guaranteed }
        for device in Set(all.map(\.device)) { sessionsOfDevice[device, default: []].insert(service.session) }
    }

    private mutating func remove(_ service: Service) {
        services[service.session] = nil
        partial.remove(service.session)
        for direction in Direction.allCases { guaranteed[direction, default: 0] -= service.leaf(direction).guaranteed }
        for device in Set((wanted.removeValue(forKey: service.session) ?? []).map(\.device)) {
            sessionsOfDevice[device]?.remove(service.session)
            if sessionsOfDevice[device]?.isEmpty == true { sessionsOfDevice[device] = nil }
        }
    }

    /// Several changes of a session become one, from what it was at first to what it is at last.
    private mutating func note(_ session: SessionID, before: Service?, after: Service?) {
        changes[session, default: Change(before: before)].after = after
    }
}

extension Service {
    fileprivate var place: ClassPool.Place { ClassPool.Place(id: classID, earlier: earlier) }
}

extension ServedSessions.Change {
    fileprivate var place: ClassID { (after ?? before)?.classID ?? .root }
}
