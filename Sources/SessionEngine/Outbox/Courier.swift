public import Logging
import NIOConcurrencyHelpers
import QualityOnDemand
public import Southbound
public import ServiceLifecycle

/// Delivers the outbox: chooses the events, their order, the time of attempts, and the moment to give up. The sink
/// makes the attempts.
///
/// Delivery is at least once, and in order for each session. An attempt for an event starts only after the earlier
/// events were delivered or given up. The result is stored before the next event of the session is due. Memory holds
/// at most the places for attempts and a page for each host with a place, for any number of pending events. All other
/// state is in the store: a courier may be killed at any moment, and the next one continues.
public final class Courier: Service {
    private let store: any DeliveryStore
    private let sink: any EventSink
    private let configuration: DeliveryConfiguration
    private let clock: any EngineClock
    private let logger: Logger
    private let leases: LeaseKeeper?
    private let lanes: NIOLockedValueBox<Lanes>
    private let wake = WakeUp()
    private let metrics = DeliveryMetrics()

    /// - Parameter leases: the shards of this server; `nil` if the store is not shared.
    public init(
        store: any DeliveryStore, sink: any EventSink, configuration: DeliveryConfiguration = DeliveryConfiguration(),
        leases: LeaseKeeper? = nil, clock: any EngineClock = SystemClock(), logger: Logger
    ) {
        self.leases = leases?.isShared == true ? leases : nil
        self.store = store
        self.sink = sink
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        lanes = NIOLockedValueBox(Lanes(configuration))
    }

    /// How many attempts are under way.
    public var attemptsUnderWay: Int { lanes.withLockedValue { $0.total } }

    /// How many events are in memory; bounded, however many are pending.
    public var eventsInHand: Int { lanes.withLockedValue { $0.hosts.values.reduce(0) { $0 + $1.taken.count } } }

    /// Works until cancelled or asked to shut down. Then it cuts off the attempts under way, and stores the known
    /// results.
    public func run() async throws {
        store.onNewEvents { [wake] in wake() }
        for bucket in 0..<Shard.outboxBuckets { leases?.onBegin(of: .outbox(bucket)) { [wake] in wake() } }
        await cancelWhenGracefulShutdown { [self] in
            await withDiscardingTaskGroup { group in
                while !Task.isCancelled {
                    let pause = await pass(&group)
                    await wake.wait(upTo: pause, clock: clock)
                }
                group.cancelAll()
            }
            do { try await storeResults() } catch {
                logger.warning("Results of deliveries could not be stored; those events go out again", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Stores the results of attempts, reads the due events, and opens lanes for these events.
    ///
    /// - Returns: the longest pause until the next pass.
    private func pass(_ group: inout DiscardingTaskGroup) async -> Duration {
        do {
            try await storeResults()
            let now = clock.now
            let (hosts, next) = try await store.dueHosts(at: now, in: leases?.buckets, limit: configuration.concurrency * 2)
            let requests = lanes.withLockedValue { $0.requests(for: hosts, at: now) }
            let events = requests.isEmpty ? [] : try await store.dueEvents(requests, at: now)
            let opened = lanes.withLockedValue { lanes in
                for (request, events) in zip(requests, events) {
                    lanes.add(events, to: request.host) { overdueResult($0, isFailing: $1, now) }
                }
                return lanes.open()
            }
            for host in opened { group.addTask { await self.lane(to: host) } }
            if lanes.withLockedValue({ !$0.unstored().isEmpty }) { wake() }
            // A message about events that another server has stored may be lost.
            let longest = leases == nil ? Duration.seconds(60) : .seconds(1)
            return next.map { min(max($0.since(now), .milliseconds(1)), longest) } ?? longest
        } catch {
            logger.error("The outbox could not be read or written; trying again", metadata: ["error": "\(error)"])
            try? await clock.sleep(for: .seconds(1))
            return .zero
        }
    }

    private func storeResults() async throws(StoreError) {
        var results = lanes.withLockedValue { $0.unstored() }
        guard !results.isEmpty else { return }
        var fences: Set<Fence> = []
        if let leases {
            // The server that works on a host now delivers the host's events again.
            let lost = results.filter { !leases.holds(.outbox(Shard.bucket(ofHost: $0.name))) }
            lanes.withLockedValue { $0.stored(lost) }
            results.removeAll { lost.contains($0) }
            for host in results { if let fence = try leases.fence(of: .outbox(Shard.bucket(ofHost: host.name))) { fences.insert(fence) } }
            guard !results.isEmpty else { return }
        }
        do { try await store.record(results, at: clock.now, under: Array(fences)) } catch {
            // The store does not say which lease is lost; the next renewal does.
            if error.code == .fenced { for fence in fences { leases?.isLost(fence) } }
            throw error
        }
        lanes.withLockedValue { $0.stored(results) }
    }

    /// Whether this server delivers events to a host.
    private func isOurs(_ host: String) -> Bool {
        leases?.holds(.outbox(Shard.bucket(ofHost: host))) ?? true
    }

    /// Makes one attempt after the other at one host, while there are events for the host.
    private func lane(to host: String) async {
        let start = clock.uptime
        while let event = lanes.withLockedValue({ $0.next(for: host) }) {
            guard isOurs(host) else {
                lanes.withLockedValue { $0.abandon(event, at: host) }
                break
            }
            let outcome = await attempt(event)
            if Task.isCancelled, outcome != .delivered {
                lanes.withLockedValue { $0.giveBack(event, at: host) }
                break
            }
            metrics.count(outcome)
            let now = clock.now
            let (result, foundSomebody) = judge(event, outcome, at: now)
            let yields = lanes.withLockedValue { lanes in
                lanes.finish(result, at: host, foundSomebody: foundSomebody, now: now)
                return lanes.someWait
            }
            wake()
            if yields, clock.uptime - start > configuration.slice { break }
        }
        lanes.withLockedValue { $0.close(host) }
        wake()
    }

    private func attempt(_ event: SessionEvent) async -> DeliveryOutcome {
        if case .accessToken(_, let expiresAt) = event.target?.credential, expiresAt <= clock.now { return .stop(.tokenExpired) }
        return await sink.deliver(event)
    }

    // MARK: Judging

    /// The result of an attempt, and whether the host answered; `nil` if the host was not asked.
    private func judge(_ event: SessionEvent, _ outcome: DeliveryOutcome, at now: Timestamp) -> (DeliveryResult, foundSomebody: Bool?) {
        let attempts = event.delivery.attempts + (outcome == .stop(.tokenExpired) ? 0 : 1)
        func result(_ step: DeliveryResult.Step) -> DeliveryResult {
            DeliveryResult(session: event.session, sequence: event.sequence, attempts: attempts, step: step)
        }
        switch outcome {
        case .delivered:
            return (result(.delivered), true)
        case .stop(let problem):
            logStop(event, problem)
            return (result(problem.endsSink ? .ended(problem.word) : .stopped(problem.word)), problem.foundSomebody)
        case .retry(let problem, let after):
            let deadline = deadline(of: event)
            guard now < deadline else {
                logStop(event, problem)
                return (result(.stopped(problem.word)), problem.foundSomebody)
            }
            let pause = max(configuration.delay(afterAttempts: attempts), min(after ?? .zero, configuration.largestDelay))
            // The last attempt is at the deadline, not before.
            let due = min(now.adding(milliseconds: pause.wholeMilliseconds), deadline)
            return (result(.retry(at: due, problem.word)), problem.foundSomebody)
        }
    }

    private func deadline(of event: SessionEvent) -> Timestamp {
        event.change.time.adding(milliseconds: configuration.retryFor.wholeMilliseconds)
    }

    /// The result for an event whose deadline has passed, if a further attempt makes no sense.
    private func overdueResult(_ event: SessionEvent, isFailing: Bool, _ now: Timestamp) -> DeliveryResult? {
        // An event that waited for an earlier event, or for the start of the platform, has its attempt. So has the
        // last event of all.
        guard isFailing, deadline(of: event).adding(milliseconds: configuration.largestHostPause.wholeMilliseconds) < now else { return nil }
        logStop(event, .overdue)
        metrics.count(.overdue)
        return DeliveryResult(
            session: event.session, sequence: event.sequence, attempts: event.delivery.attempts, step: .stopped(DeliveryProblem.overdue.word))
    }

    private func logStop(_ event: SessionEvent, _ problem: DeliveryProblem) {
        // The log has the host and nothing more of the address, because the rest may be a secret.
        logger.warning(
            problem.endsSink ? "Notifications of a session are stopped" : "A notification is given up",
            metadata: [
                "session": "\(event.session)", "event": "\(event.id)", "sink": "\(event.target.map { Excerpt.of($0.host) } ?? "")",
                "reason": "\(problem.word)",
            ])
    }
}
