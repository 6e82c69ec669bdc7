import DequeModule
import QualityOnDemand
import Southbound

/// The courier's work in memory: for each host the events that were read, the events under way, and the results to
/// store.
///
/// A plain value; the courier keeps it behind a lock. An event is `taken` from its reading until its result is
/// stored, so that no event is read twice.
struct Lanes {
    /// An event among those of all sessions.
    struct EventPlace: Hashable {
        let session: SessionID
        let sequence: Int64

        init(_ event: SessionEvent) { (session, sequence) = (event.session, event.sequence) }
        init(_ result: DeliveryResult) { (session, sequence) = (result.session, result.sequence) }
    }

    struct Host {
        /// How many tasks make attempts at the host, each one attempt after the other.
        var lanes = 0
        var ready = Deque<SessionEvent>()
        var taken: Set<EventPlace> = []
        var results: [DeliveryResult] = []
        var failures: Int
        var pausedUntil: Timestamp?
        /// Whether the store must check the host again, although there are no results.
        var needsSettling = false

        var isIdle: Bool { lanes == 0 && taken.isEmpty && results.isEmpty && !needsSettling }
    }

    let configuration: DeliveryConfiguration
    private(set) var hosts: [String: Host] = [:]
    private(set) var total = 0
    /// The number of lanes at hosts without a recent answer. Half of all lanes at most, so that working hosts keep
    /// the other half.
    private(set) var suspect = 0
    /// Whether a host waits for a place.
    private(set) var someWait = false

    init(_ configuration: DeliveryConfiguration) {
        self.configuration = configuration
    }

    /// The hosts to read events for, with the number of events for each.
    mutating func requests(for due: [DueHost], at now: Timestamp) -> [DueHost.Request] {
        someWait = false
        var (places, suspectPlaces) = (configuration.concurrency - total, configuration.concurrency / 2 - suspect)
        var requests: [DueHost.Request] = []
        for host in due {
            let known = hosts[host.name]
            if let pause = known?.pausedUntil, now < pause { continue }
            let isSuspect = known?.failures ?? host.failures > 0
            if known == nil || known?.lanes == 0 {
                guard places > 0, !isSuspect || suspectPlaces > 0 else {
                    someWait = true
                    continue
                }
                places -= 1
                if isSuspect { suspectPlaces -= 1 }
            }
            let ready = known?.ready.count ?? 0
            guard ready < configuration.pageSize / 2 else { continue }
            requests.append(.init(host: host.name, limit: configuration.pageSize - ready + (known?.taken.count ?? 0)))
            if known == nil { hosts[host.name] = Host(failures: host.failures) }
        }
        return requests
    }

    /// Adds the events that were read.
    mutating func add(_ events: [SessionEvent], to name: String, overdue: (SessionEvent, _ isFailing: Bool) -> DeliveryResult?) {
        guard var host = hosts[name] else { return }
        let isFailing = host.failures >= configuration.failuresUntilPause
        for event in events where !host.taken.contains(EventPlace(event)) {
            if let result = overdue(event, host.failures > 0) {
                host.taken.insert(EventPlace(event))
                host.results.append(result)
            } else if !isFailing || host.lanes == 0 && host.ready.isEmpty {
                // While the host does not answer, one event tests it.
                host.taken.insert(EventPlace(event))
                host.ready.append(event)
            }
        }
        if events.isEmpty, host.taken.isEmpty { host.needsSettling = true }
        hosts[name] = host
    }

    /// Opens lanes for waiting events, host by host in turn, while there are places. The result has a host's name for
    /// each new lane.
    mutating func open() -> [String] {
        var opened: [String] = []
        var new: [String: Int] = [:]
        var openedOne = true
        while openedOne, total < configuration.concurrency {
            openedOne = false
            for (name, host) in hosts where total < configuration.concurrency && wants(hosts[name] ?? host, new[name, default: 0]) {
                hosts[name]?.lanes += 1
                total += 1
                if host.failures > 0 { suspect += 1 }
                opened.append(name)
                new[name, default: 0] += 1
                openedOne = true
            }
        }
        return opened
    }

    private func wants(_ host: Host, _ new: Int) -> Bool {
        let limit = host.failures >= configuration.failuresUntilPause ? 1 : configuration.concurrencyPerHost
        let hasPlace = host.failures == 0 || suspect < configuration.concurrency / 2
        return hasPlace && host.lanes < limit && host.ready.count > new
    }

    /// The next event of a lane.
    mutating func next(for name: String) -> SessionEvent? {
        hosts[name]?.ready.popFirst()
    }

    /// Keeps the result of an attempt until the result is stored.
    ///
    /// - Parameter foundSomebody: whether the host answered; `nil` if it was not asked.
    mutating func finish(_ result: DeliveryResult, at name: String, foundSomebody: Bool?, now: Timestamp) {
        guard var host = hosts[name] else { return }
        host.results.append(result)
        let wasSuspect = host.failures > 0
        if foundSomebody == true {
            (host.failures, host.pausedUntil) = (0, nil)
        } else if foundSomebody == false, host.pausedUntil.map({ $0 <= now }) ?? true {
            host.failures += 1
            let excess = host.failures - configuration.failuresUntilPause
            if excess >= 0 {
                let pause = configuration.delay(afterAttempts: excess + 1, largest: configuration.largestHostPause)
                host.pausedUntil = now.adding(milliseconds: pause.wholeMilliseconds)
                // The events stay due in the store, and are read again after the pause.
                for event in host.ready { host.taken.remove(EventPlace(event)) }
                host.ready = []
            }
        }
        // A lane counts as suspect if its host is suspect now.
        if wasSuspect != (host.failures > 0) { suspect += wasSuspect ? -host.lanes : host.lanes }
        hosts[name] = host
    }

    /// Takes back an event whose attempt was cut off; its outcome is unknown.
    mutating func giveBack(_ event: SessionEvent, at name: String) {
        hosts[name]?.taken.remove(EventPlace(event))
    }

    /// Gives up an event and all waiting events of its host: another server delivers them now.
    mutating func abandon(_ event: SessionEvent, at name: String) {
        giveBack(event, at: name)
        for event in hosts[name]?.ready ?? [] { hosts[name]?.taken.remove(EventPlace(event)) }
        hosts[name]?.ready = []
    }

    mutating func close(_ name: String) {
        guard let host = hosts[name] else { return }
        hosts[name]?.lanes -= 1
        total -= 1
        if host.failures > 0 { suspect -= 1 }
    }

    /// The results to be stored.
    func unstored() -> [HostResults] {
        hosts.filter { !$0.value.results.isEmpty || $0.value.needsSettling }.map { name, host in
            HostResults(name: name, results: host.results, failures: host.failures, pausedUntil: host.pausedUntil)
        }
    }

    /// Removes results that were stored.
    mutating func stored(_ results: [HostResults]) {
        for stored in results {
            guard var host = hosts[stored.name] else { continue }
            for result in stored.results { host.taken.remove(EventPlace(result)) }
            host.results.removeFirst(stored.results.count)
            host.needsSettling = false
            hosts[stored.name] = host
        }
        for (name, host) in hosts where host.isIdle { hosts[name] = nil }
    }
}
