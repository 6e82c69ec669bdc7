import QualityOnDemand
import Southbound

/// The wanted state of the gateway for all sessions: decides whether a grant is accepted, and collects the changes.
///
/// The type knows nothing of tools; ``BatchText`` makes text of its changes.
struct ServedSessions: Sendable {
    /// One session before and after; `nil` if the session does not exist.
    struct Change: Hashable, Sendable {
        var before: Service?
        var after: Service?
        /// Whether the class that the session leaves stays in the kernel, for a later session.
        var keepsClass = false
    }

    /// The traffic of a session that newer sessions have cut into, as it was granted: the kernel does not know it.
    struct Recollection: Sendable {
        fileprivate let service: Service
        fileprivate let wanted: WantedTraffic
    }

    /// Pieces of one session: its addresses times its ranges of ports at either end. More pieces would crowd out
    /// other sessions.
    static let mostMatches = 1024

    private let configuration: LinuxNetworkConfiguration
    private(set) var services: [SessionID: Service] = [:]
    /// The whole traffic of each session, including the part that newer sessions have.
    private var wanted: [SessionID: WantedTraffic] = [:]
    /// The sessions that newer ones have cut into, with the facts that cannot be read from the kernel later.
    private(set) var recollections: [SessionID: Recollection] = [:]
    /// The gateway's classes.
    var pool: ClassPool
    private var guaranteed: [Direction: Int] = [.downlink: 0, .uplink: 0]
    /// Finds overlapping sessions.
    private var index = OverlapIndex()
    /// The highest priority that was ever here.
    private var newest: Service.Priority?
    /// How often two sessions were compared, or a session's traffic was cut, until now: a measure of the work.
    private(set) var comparisons = 0
    private var changes: [SessionID: Change] = [:]

    /// - Parameters:
    ///   - services: the sessions in the kernel.
    ///   - spares: the classes in the kernel without a session.
    ///   - earlier: the recollections of sessions that newer ones have cut into. If a recollection does not fit its
    ///     session, the session is released, so that it is programmed anew.
    init(
        _ services: [Service] = [], spares: [ClassID] = [], recalling earlier: [SessionID: Recollection] = [:], _ configuration: LinuxNetworkConfiguration
    ) {
        self.configuration = configuration
        pool = ClassPool(taken: services.map(\.classID), spares: spares)
        var unknown: [SessionID] = []
        for service in services {
            let known = service.isPartial ? earlier[service.session].flatMap { $0.service == service ? $0.wanted : nil } : nil
            insert(service, wanted: known ?? WantedTraffic(service.matches))
            if service.isPartial, known == nil { unknown.append(service.session) }
        }
        for session in unknown { release(session) }
        // The share of other sessions' traffic that the released sessions had is known only in part.
        if !unknown.isEmpty { for session in recollections.keys { settle(session) } }
    }

    /// Whether something has changed since the last call of ``takeChanges()``.
    var hasChanges: Bool { changes.values.contains { $0.before != $0.after } }

    /// Bits per second guaranteed in all.
    func guaranteed(_ direction: Direction) -> Int { guaranteed[direction, default: 0] }

    /// The changes since the last call, in the order of the class ids.
    mutating func takeChanges() -> [Change] {
        defer { changes = [:] }
        return changes.values.filter { $0.before != $0.after }.sorted { $0.place < $1.place }
    }

    /// Whether a grant is accepted.
    enum Verdict: Hashable {
        case ready
        case refused(String)
    }

    /// - Parameter mark: of the order for the grant.
    mutating func program(_ grant: Grant, mark: OrderMark = OrderMark()) -> Verdict {
        let count = TrafficMatch.count(of: grant)
        guard count > 0 else { return .refused("the device has no address of the service's IP version") }
        guard count <= Self.mostMatches else { return .refused(Self.tooManyPieces(count)) }
        let before = services[grant.session]
        var candidate = Service(grant, in: before?.place ?? ClassPool.Place(id: ClassID(minor: 0)), configuration)
        candidate.mark = mark
        // The session is programmed like this already, so nothing needs to be calculated.
        if let before, before.mark.rank == mark.rank, wanted[grant.session]?.matches == candidate.matches,
            before.differs(onlyInTrafficFrom: candidate)
        {
            note(mark, of: before)
            return .ready
        }
        for direction in Direction.allCases {
            if let reason = shortage(of: candidate, instead: before, direction) { return .refused(reason) }
        }
        guard let place = before?.place ?? pool.take() else { return .refused("every class of the gateway is in use") }
        let all = WantedTraffic(candidate.matches)
        var affected = before.map { older(than: $0.priority, overlapping: wanted[$0.session]) } ?? []
        affected.formUnion(older(than: candidate.priority, overlapping: all))
        affected.remove(grant.session)
        let isNewest = before == nil && newest.map { $0 < candidate.priority } ?? true
        if let before { remove(before) }
        insert(candidate.moved(to: place), wanted: all)
        note(grant.session, before: before, after: services[grant.session])
        if isNewest {
            for session in affected { giveUp(session, to: all) }
        } else {
            settle(grant.session)
            for session in affected { settle(session) }
        }
        return .ready
    }

    private static func tooManyPieces(_ count: Int) -> String {
        "the flow needs \(count) matches, its addresses times its ranges of ports at either end; at most \(mostMatches) are possible"
    }

    mutating func release(_ session: SessionID) {
        guard let service = services[session] else { return }
        let affected = older(than: service.priority, overlapping: wanted[session])
        remove(service)
        // A class that was never made cannot stay.
        let isThere = changes[session].map { $0.before != nil } ?? true
        let keepsClass = isThere && pool.keepsClasses
        pool.giveBack(service.classID, isKept: keepsClass)
        note(session, before: service, after: nil)
        changes[session]?.keepsClass = keepsClass
        for session in affected { settle(session) }
    }

    /// Releases the newest sessions until the guarantees fit the capacity, which may have become less.
    ///
    /// - Returns: the released sessions.
    mutating func evictExcess() -> [SessionID] {
        var evicted: [SessionID] = []
        for direction in Direction.allCases {
            let newestFirst = services.values.filter { $0.leaf(direction).guaranteed > 0 }.map(\.priority).sorted(by: >)
            for session in newestFirst.map(\.session) {
                guard guaranteed(direction) > configuration.guaranteeable(direction) else { break }
                release(session)
                evicted.append(session)
            }
        }
        return evicted
    }

    // MARK: Overlapping sessions

    /// The sessions that give way to a session with such traffic.
    private mutating func older(than priority: Service.Priority, overlapping traffic: WantedTraffic?) -> Set<SessionID> {
        guard let traffic else { return [] }
        return sessions(overlapping: traffic) { $0 < priority }
    }

    private mutating func sessions(overlapping traffic: WantedTraffic, where isMeant: (Service.Priority) -> Bool) -> Set<SessionID> {
        let candidates = index.candidates(for: traffic).filter { services[$0].map { isMeant($0.priority) } ?? false }
        comparisons += candidates.count
        return candidates.filter { wanted[$0]?.overlaps(traffic) == true }
    }

    /// Gives a session all of its traffic that no newer session has.
    private mutating func settle(_ session: SessionID) {
        guard let all = wanted[session], let priority = services[session]?.priority else { return }
        let newer = sessions(overlapping: all) { $0 > priority }
        var left = all.matches
        for peer in newer.sorted() {
            guard let traffic = wanted[peer] else { continue }
            left = remainder(of: left, without: traffic)
        }
        give(session, left)
    }

    /// Takes the traffic of a session that is newer than all others away from another session.
    private mutating func giveUp(_ session: SessionID, to newest: WantedTraffic) {
        guard let matches = services[session]?.matches else { return }
        give(session, remainder(of: matches, without: newest))
    }

    private mutating func give(_ session: SessionID, _ matches: Set<TrafficMatch>) {
        guard let before = services[session], let all = wanted[session] else { return }
        var after = before
        after.matches = matches
        after.isPartial = matches != all.matches
        guard after != before else { return }
        services[session] = after
        if after.isPartial { recollections[session] = Recollection(service: after, wanted: all) } else { forget(session) }
        note(session, before: before, after: after)
    }

    /// A session that would be cut into more pieces than allowed gives way completely.
    private mutating func remainder(of matches: Set<TrafficMatch>, without newer: WantedTraffic) -> Set<TrafficMatch> {
        var left: Set<TrafficMatch> = []
        for match in matches {
            comparisons += 1
            guard let pieces = match.minus(newer, atMost: Self.mostMatches) else { return [] }
            left.formUnion(pieces)
            guard left.count <= Self.mostMatches else { return [] }
        }
        return left
    }

    // MARK: Admission

    private func shortage(of candidate: Service, instead before: Service?, _ direction: Direction) -> String? {
        let others = guaranteed(direction) - (before?.leaf(direction).guaranteed ?? 0)
        let wanted = candidate.leaf(direction).guaranteed
        let free = configuration.guaranteeable(direction) - others
        // A session that needs no more than it has is never refused, even if the capacity was lowered meanwhile.
        guard wanted > free, wanted > before?.leaf(direction).guaranteed ?? 0 else { return nil }
        return "the \(direction) has \(max(free, 0)) bit/s left to guarantee, \(wanted) are needed"
    }

    // MARK: Keeping count

    private mutating func insert(_ service: Service, wanted all: WantedTraffic) {
        services[service.session] = service
        wanted[service.session] = all
        if service.isPartial { recollections[service.session] = Recollection(service: service, wanted: all) }
        for direction in Direction.allCases { guaranteed[direction, default: 0] += service.leaf(direction).guaranteed }
        index.insert(service.session, all)
        newest = max(newest ?? service.priority, service.priority)
    }

    private mutating func remove(_ service: Service) {
        services[service.session] = nil
        forget(service.session)
        for direction in Direction.allCases { guaranteed[direction, default: 0] -= service.leaf(direction).guaranteed }
        if let all = wanted.removeValue(forKey: service.session) { index.remove(service.session, all) }
    }

    /// The key is looked up first: while another holder keeps a copy of the dictionary, removing nothing would still
    /// copy it.
    private mutating func forget(_ session: SessionID) {
        if recollections[session] != nil { recollections[session] = nil }
    }

    /// Stores the mark of a newer order that changes nothing else.
    private mutating func note(_ mark: OrderMark, of service: Service) {
        guard service.mark != mark, let all = wanted[service.session] else { return }
        var after = service
        after.mark = mark
        services[service.session] = after
        if after.isPartial { recollections[after.session] = Recollection(service: after, wanted: all) }
        note(service.session, before: service, after: after)
    }

    /// Several changes of a session become one, from its first state to its last.
    private mutating func note(_ session: SessionID, before: Service?, after: Service?) {
        changes[session, default: Change(before: before)].after = after
    }
}

extension Service {
    fileprivate var place: ClassPool.Place { ClassPool.Place(id: classID, earlier: earlier) }

    fileprivate func moved(to place: ClassPool.Place) -> Service {
        Service(
            session: session, classID: place.id, downlink: downlink, uplink: uplink, dscp: dscp, matches: matches, isPartial: isPartial,
            earlier: place.earlier, mark: mark)
    }

    /// Whether two services are the same except for their traffic and their marks.
    fileprivate func differs(onlyInTrafficFrom other: Service) -> Bool {
        var this = self
        (this.matches, this.isPartial, this.mark) = (other.matches, other.isPartial, other.mark)
        return this == other
    }
}

extension ServedSessions.Change {
    fileprivate var place: ClassID { (after ?? before)?.classID ?? .root }
}
