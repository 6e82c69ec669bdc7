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
    }

    /// Addresses times port ranges of one flow: more would crowd out the others.
    static let mostMatches = 1024

    private let configuration: LinuxNetworkConfiguration
    private(set) var services: [SessionID: Service] = [:]
    /// All that each session is for, also what newer ones have of it.
    private var wanted: [SessionID: Set<TrafficMatch>] = [:]
    private var ids: ClassIDPool
    private var guaranteed: [Direction: Int] = [.downlink: 0, .uplink: 0]
    /// Which sessions a device has, so that finding an overlap does not take longer with every other device's session.
    private var sessionsOfDevice: [IPSubnet: Set<SessionID>] = [:]
    private var changes: [SessionID: Change] = [:]

    /// - Parameters:
    ///   - services: what the kernel has.
    ///   - earlier: what was known before; of a session that newer ones have cut into, the kernel does not know the rest.
    ///     Where that is not known either the session is let go of, so that it is programmed anew.
    init(_ services: [Service] = [], recalling earlier: ServedSessions? = nil, _ configuration: LinuxNetworkConfiguration) {
        self.configuration = configuration
        ids = ClassIDPool(taken: services.map(\.classID))
        for service in services {
            let known = service.isPartial ? earlier.flatMap { $0.services[service.session] == service ? $0.wanted[service.session] : nil } : nil
            insert(service, wanted: known ?? service.matches)
            if service.isPartial, known == nil { release(service.session) }
        }
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
        var candidate = Service(grant, classID: before?.classID ?? ClassID(minor: 0), configuration)
        let all = candidate.matches
        guard !all.isEmpty else { return .refused("the device has no address of the service's IP version") }
        guard all.count <= Self.mostMatches else {
            return .refused("the flow falls into \(all.count) pieces; \(Self.mostMatches) are possible")
        }
        for direction in Direction.allCases {
            if let reason = shortage(of: candidate, instead: before, direction) { return .refused(reason) }
        }
        guard let classID = before?.classID ?? ids.take() else { return .refused("every class of the gateway is taken") }
        candidate = Service(grant, classID: classID, configuration)
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
        ids.giveBack(service.classID)
        note(session, before: service, after: nil)
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
        for direction in Direction.allCases { guaranteed[direction, default: 0] += service.leaf(direction).guaranteed }
        for device in Set(all.map(\.device)) { sessionsOfDevice[device, default: []].insert(service.session) }
    }

    private mutating func remove(_ service: Service) {
        services[service.session] = nil
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

extension ServedSessions.Change {
    fileprivate var place: ClassID { (after ?? before)?.classID ?? .root }
}
