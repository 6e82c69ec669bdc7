import Logging
public import QualityOnDemand
public import Southbound

/// The operations for clients. A function that throws ``EngineError`` has changed nothing.
extension SessionEngine {
    /// Creates a session, or finds the session that an earlier identical request created.
    ///
    /// Returns after the network's answer, or after `answerWait` with a session that is still requested. The session
    /// is on disk in both cases.
    public func create(_ order: SessionOrder, by client: ClientID) async throws(EngineError) -> Session {
        try checkProfile(of: order)
        try checkPorts(of: order.flow)
        let subject = try await connected(order.device, isNamed: order.isDeviceNamed, among: order.sites)
        let site = try site(of: subject)
        let profile = try applicableProfile(order, at: site)
        let now = clock.now
        var random = KernelRandom()
        let session = Session.requested(
            id: .make(at: now, using: &random), by: client, for: subject, flow: order.flow, profile: profile.name, duration: order.duration,
            notification: order.notification, dialect: order.dialect, at: now, timing: site.settings.timing)
        let idempotency = order.idempotency.map { order in
            SessionCreation.Idempotency(
                key: order.key, digest: order.digest, validSince: now.adding(milliseconds: -configuration.retention.wholeMilliseconds))
        }
        // The older dialect answers a creation REQUESTED, however fast the network is.
        return try await stored(
            SessionCreation(
                session: session, idempotency: idempotency, allowsOverlap: order.dialect == .v0, limits: configuration.liveLimits),
            waits: order.dialect != .v0)
    }

    /// Stores a session. Waits for the network's answer, unless the client does not receive the answer.
    func stored(_ creation: SessionCreation, waits: Bool = true) async throws(EngineError) -> Session {
        switch await intake.create(creation, waits: waits) {
        case .stored(let session): return session
        case .failed(let error): throw failure(error)
        case .refused(let outcome): return try await session(insteadOf: outcome, of: creation.session)
        }
    }

    /// The session of an earlier request, or an error that says why there is no session.
    private func session(
        insteadOf outcome: SessionCreation.Outcome, of refused: Session
    ) async throws(EngineError) -> Session {
        switch outcome {
        case .created:
            throw EngineError(.conflict, "Conflict with an existing session for the same device.")
        case .conflict(let id):
            throw try await conflict(with: id, of: refused)
        case .keyReused:
            throw EngineError(.keyReused, "The Idempotency-Key was used before with a different request.")
        case .limitReached(let kind):
            throw EngineError(.quotaExceeded, "Out of resource quota: as many sessions of this \(kind) live as are allowed at a time.")
        case .repeated(let id):
            return try await repeated(id)
        }
    }

    /// One of the client's sessions.
    ///
    /// - Parameter device: the device of the access token, if the token names one. A session of another device is out
    ///   of reach.
    public func session(_ id: SessionID, of client: ClientID, device: Device? = nil) async throws(EngineError) -> Session {
        let session = try await stored { () async throws(StoreError) in try await store.session(id) }
        return try readable(session, id, within: try await reach(of: client, device: device))
    }

    /// One of the client's sessions. If the session is still requested, waits for the network's answer.
    public func settledSession(_ id: SessionID, of client: ClientID, device: Device? = nil) async throws(EngineError) -> Session {
        let session = try await session(id, of: client, device: device)
        guard session.status == .requested else { return session }
        await reconciler.wait(for: session)
        return try await self.session(id, of: client, device: device)
    }

    /// The client's sessions for a device, oldest first, at most `listLimit`.
    ///
    /// - Parameter sites: the sites that the client is bound to; `nil` for all.
    public func sessions(
        for device: Device?, of client: ClientID, among sites: Set<SiteName>? = nil
    ) async throws(EngineError) -> [Session] {
        let keys = try await keys(of: device, among: sites)
        return try await stored { () async throws(StoreError) in
            var found: [Session] = []
            for key in keys { found += try await store.sessions(of: key, owner: client, at: clock.now, limit: configuration.listLimit) }
            return keys.count < 2 ? found : Array(found.sorted { $0.id < $1.id }.prefix(configuration.listLimit))
        }
    }

    /// The stored events of one of the client's sessions or assignments, with the state of their delivery. The events
    /// of an ended session can be read until they are removed.
    ///
    /// - Parameter device: the device of the access token, if the token names one. A session of another device is out
    ///   of reach. With a device, an ended session is out of reach too, because its events do not name the device.
    public func events(of id: SessionID, client: ClientID, device: Device? = nil) async throws(EngineError) -> [SessionEvent] {
        let events = try await stored { () async throws(StoreError) in try await store.events(of: id) }
        guard let owner = events.first?.owner, device == nil else {
            let found = try await stored { () async throws(StoreError) in try await store.session(id) }
            if found?.isAssignment == true {
                _ = try await assignment(id, of: client, device: device)
            } else {
                _ = try readable(found, id, within: try await reach(of: client, device: device))
            }
            return events
        }
        guard owner == client else { throw EngineError(.permissionDenied, "The session was created by another client.") }
        return events
    }

    /// The traffic of a session's flow so far; `nil` if the network counts nothing.
    public func traffic(of session: Session) async throws(EngineError) -> SessionTraffic? {
        guard session.wantsNetwork else { return nil }
        guard let network = reconciler.lane(of: session.site)?.network else { return nil }
        do { return try await network.traffic(of: session.id) } catch {
            logger.warning("The network could not be asked for a session's traffic", metadata: [
                "site": "\(session.site)", "network": "\(network.name)", "error": "\(error)",
            ])
            throw EngineError(.unavailable, "The network cannot be asked for the session's traffic now.")
        }
    }

    /// Extends a session, up to the limit of its profile.
    ///
    /// - Parameters:
    ///   - countsRemaining: whether the limit is on the remaining time, as in the v0 dialect, and not on the whole
    ///     duration.
    ///   - device: the device of the access token, if the token names one. A session of another device is out of
    ///     reach.
    public func extend(
        _ id: SessionID, by seconds: Int, of client: ClientID, device: Device? = nil, countsRemaining: Bool = false
    ) async throws(EngineError) -> Session {
        let now = clock.now
        let sites = sites
        let change = try await change(id, within: try await reach(of: client, device: device)) { session in
            let elapsed = countsRemaining ? session.startedAt.map { Int(now.since($0).components.seconds) } ?? 0 : 0
            let limit = ((sites[session.site]?.profiles ?? sites.profiles)[session.profile]?.durations.upperBound ?? QoSProfile.longestSession) + elapsed
            try? session.extended(by: seconds, limit: limit, at: now)
            return []
        }
        guard change.before.isExtendable(at: now) else {
            throw EngineError(
                .extensionNotAllowed,
                "Extending the session duration is not allowed in the current state (\(change.session.status.rawValue)). The session must be in the AVAILABLE state.")
        }
        deadlines.note(change.session)
        return change.session
    }

    /// Deletes a session. When this function returns, clients do not find the session any more; the network releases
    /// its flow right after.
    ///
    /// - Parameter device: the device of the access token, if the token names one. A session of another device is out
    ///   of reach.
    public func delete(_ id: SessionID, of client: ClientID, device: Device? = nil) async throws(EngineError) {
        let now = clock.now
        let change = try await change(id, within: try await reach(of: client, device: device)) { $0.deleted(at: now) }
        if change.actions.contains(.release) { reconciler.enqueue(change.session) }
    }

    /// The profiles of the site that serves a device.
    ///
    /// - Parameters:
    ///   - device: `nil` means the profiles of all sites that the client may use.
    ///   - allowed: the sites that the client is bound to; `nil` for all.
    public func profiles(for device: Device?, among allowed: Set<SiteName>?) async throws(EngineError) -> ProfileCatalogue {
        if let device {
            let site = try await resolve(device, among: allowed).site
            return sites[site]?.profiles ?? profiles
        }
        guard let allowed else { return profiles }
        return ProfileCatalogue(sites.all.filter { allowed.contains($0.name) }.flatMap(\.profiles.profiles))
    }

    /// - Parameter allowed: the sites that the client is bound to; `nil` for all.
    func resolve(_ device: Device, among allowed: Set<SiteName>?) async throws(EngineError) -> ResolvedDevice {
        do { return try await sites.resolve(device, among: allowed) } catch { throw EngineError(error) }
    }
}

extension SessionEngine {
    /// The answer to a creation that conflicts. Only the owner of the existing session receives the id of that
    /// session.
    ///
    /// The message names the session as `session <UUID>` or `QoS assignment <UUID>`, and holds no other UUID. The
    /// APIs' ErrorInfo has no member for the id, so an SDK reads the id from the message.
    private func conflict(with id: SessionID, of refused: Session) async throws(EngineError) -> EngineError {
        let found = try await stored { () async throws(StoreError) in try await store.session(id) }
        guard let other = found, other.owner == refused.owner else {
            return EngineError(
                .conflict,
                refused.isAssignment
                    ? "Conflict: there is another QoS assignment for the same device."
                    : "Conflict with an existing session for the same device: their flows overlap.")
        }
        let conflict =
            refused.isAssignment
            ? "Conflict: there is another QoS assignment for the same device, your QoS assignment \(id)."
            : "Conflict with your session \(id) for the same device: their flows overlap."
        let delete = refused.isAssignment ? "Revoke" : "Delete"
        guard other.status == .unavailable else {
            return EngineError(.conflict, "\(conflict) \(delete) that one first, or use it.")
        }
        let until = other.deadline.map { " until \($0)" } ?? ""
        return EngineError(
            .conflict, "\(conflict) The network ended it, and it blocks new ones\(until). \(delete) it, then create again.")
    }

    /// Refuses lists of ports that are too long, before any other work.
    private func checkPorts(of flow: Flow) throws(EngineError) {
        let limit = configuration.portEntryLimit
        for (name, ports) in [("devicePorts", flow.devicePorts), ("applicationServerPorts", flow.applicationServerPorts)] {
            guard let ports, case let count = ports.ranges.count + ports.ports.count, count > limit else { continue }
            throw EngineError(.flowTooLarge, "\(name): lists \(count) ports and ranges; 1 to \(limit) are allowed")
        }
    }

    /// Refuses a profile that no site offers, before the directories are asked for the device.
    private func checkProfile(of order: SessionOrder) throws(EngineError) {
        if sites.all.count > 1 { _ = try activeProfile(order.profile, for: "session creation", in: sites.profiles) } else {
            _ = try applicableProfile(order, at: sites.all[0])
        }
    }

    /// The site whose directory found the device.
    func site(of subject: Session.Subject) throws(EngineError) -> EngineSite {
        guard let site = sites[subject.site] else { throw EngineError(.unavailable, "The device's site is not configured.") }
        return site
    }

    private func applicableProfile(_ order: SessionOrder, at site: EngineSite) throws(EngineError) -> QoSProfile {
        let profile = try activeProfile(order.profile, for: "session creation", in: site.profiles)
        guard profile.durations.contains(order.duration) else {
            throw EngineError(
                .durationOutOfRange,
                "duration: \(order.duration) s is not in \(profile.durations.lowerBound)...\(profile.durations.upperBound), which \(profile.name) allows")
        }
        return profile
    }

    /// The profile of that name, if it is offered now.
    func activeProfile(
        _ name: QoSProfileName, for purpose: String, in profiles: ProfileCatalogue
    ) throws(EngineError) -> QoSProfile {
        guard let profile = profiles[name] else {
            throw EngineError(
                .profileUnknown, "qosProfile: \"\(Excerpt.of(name.description))\" is not a profile that is offered; qos-profiles lists them")
        }
        guard profile.status == .active else {
            throw EngineError(
                .profileNotApplicable,
                "The requested QoS Profile is currently not available for \(purpose): \(profile.name) is \(profile.status.rawValue).")
        }
        return profile
    }

    func resolve(
        _ device: Device?, isNamed: Bool, among allowed: Set<SiteName>? = nil
    ) async throws(EngineError) -> Session.Subject {
        guard let device else {
            throw EngineError(.deviceMissing, "The device cannot be identified: device is needed, as the access token names none.")
        }
        let resolved = try await resolve(device, among: allowed)
        return Session.Subject(
            key: resolved.key, site: resolved.site, device: isNamed ? device : nil, identifiedBy: resolved.identifiedBy, addresses: resolved.addresses)
    }

    /// The keys of a device at all sites that know it.
    func keys(of device: Device?, among allowed: Set<SiteName>?) async throws(EngineError) -> Set<DeviceKey> {
        guard let device else { return [try await resolve(device, isNamed: true).key] }
        do { return try await sites.keys(of: device, among: allowed) } catch { throw EngineError(error) }
    }

    /// The device, if it has an address. A device without an address gets no session.
    func connected(
        _ device: Device?, isNamed: Bool, among allowed: Set<SiteName>?
    ) async throws(EngineError) -> Session.Subject {
        let subject = try await resolve(device, isNamed: isNamed, among: allowed)
        guard !subject.addresses.isEmpty else { throw EngineError.deviceNotConnected }
        return subject
    }

    /// The answer to a repeated request. If the first request still waits for the network, the repeated one waits
    /// too.
    private func repeated(_ id: SessionID) async throws(EngineError) -> Session {
        let found = try await stored { () async throws(StoreError) in try await store.session(id) }
        guard let session = found, session.isReadable(at: clock.now) else {
            throw EngineError(.keyReused, "The Idempotency-Key was used before: the session that it created, \(id), has ended.")
        }
        guard session.status == .requested else { return session }
        await reconciler.wait(for: session)
        // The network's answer may have come before this request started to wait.
        return try await stored { () async throws(StoreError) in try await store.session(id) } ?? session
    }

    private func readable(_ session: Session?, _ id: SessionID, within reach: SessionReach) throws(EngineError) -> Session {
        guard let session, !session.isAssignment, session.isReadable(at: clock.now) else { throw Self.notFound(id) }
        guard reach.includes(session) else { throw reach.refusal(of: session) }
        return session
    }

    private static func notFound(_ id: SessionID) -> EngineError {
        EngineError(.sessionNotFound, "There is no session \(id); it never was, was deleted, or has expired.")
    }

    /// Changes a session in one transaction, which checks the session's owner before the change.
    private func change(
        _ id: SessionID, within reach: SessionReach, _ transition: @escaping @Sendable (inout Session) -> [SessionAction]
    ) async throws(EngineError) -> SessionChange {
        let now = clock.now
        let changes = try await stored { () async throws(StoreError) in
            try await store.change([id]) { session in
                reach.includes(session) && !session.isAssignment && session.isReadable(at: now) ? transition(&session) : []
            }
        }
        _ = try readable(changes.first?.before, id, within: reach)
        return changes[0]
    }

    func stored<Value>(_ call: () async throws(StoreError) -> Value) async throws(EngineError) -> Value {
        do { return try await call() } catch { throw failure(error) }
    }

    private func failure(_ error: StoreError) -> EngineError {
        logger.error("The store failed", metadata: ["error": "\(error)"])
        return EngineError(error)
    }
}
