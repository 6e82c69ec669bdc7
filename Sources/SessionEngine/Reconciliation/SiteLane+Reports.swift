import Logging
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// Takes what the network and the directory of a site report.
extension SiteLane {
    /// Reconciles the sessions of these devices, which may have other addresses now.
    func devicesChanged(_ devices: [DeviceKey]) async {
        await untilRead(devices) { id in enqueue(id, of: nil) }
        guard reconciler.sites.all.count > 1 else { return }
        // A device that comes to this site may have sessions at another one.
        for site in reconciler.sites.all where site.name != name {
            await untilRead(devices.map { $0.own.at(site.name) }) { id in
                if arrivals.note(id) { enqueue(id, of: nil) }
            }
        }
    }

    /// Finds the sessions of devices; retries until the store answers.
    private func untilRead(_ devices: [DeviceKey], _ body: (SessionID) -> Void) async {
        var left = devices[...]
        var attempt = 0
        while !left.isEmpty, !Task.isCancelled {
            do {
                let devices = Array(left.prefix(500))
                var place: DevicePlace?
                repeat {
                    let page = try await store.sessions(of: devices, after: place, limit: 1000)
                    for id in page.sessions { body(id) }
                    place = page.next
                } while place != nil
                left = left.dropFirst(500)
                attempt = 0
            } catch {
                logger.warning(
                    "The sessions of devices that moved could not be found; trying again", metadata: ["devices": "\(left.count)", "error": "\(error)"])
                try? await clock.sleep(for: WorkQueue.delay(attempt: attempt))
                attempt += 1
            }
        }
    }

    /// Handles reports that the network sent without being asked.
    func networkReported(_ reports: [NetworkReport]) async {
        for case .disturbed(let reason) in reports {
            logger.warning(
                "The network may have lost something; comparing everything now", metadata: ["network": "\(network.name)", "reason": "\(reason)"])
            distrusts.withLockedValue { $0 = true }
            order.isDisturbed()
        }
        let named = await withSessions(reports)
        guard !named.isEmpty else { return }
        let bySession = Dictionary(grouping: named, by: \.0)
        let (now, timing, site) = (clock.now, settings.timing, name)
        await reconciler.changeUntilStored(Array(bySession.keys)) { session in
            (bySession[session.id] ?? []).flatMap { session.take($0.1, from: site, at: now, timing: timing) }
        }
    }

    /// The reports about one session each, with the session's id.
    private func withSessions(_ reports: [NetworkReport]) async -> [(SessionID, NetworkReport)] {
        var found: [(SessionID, NetworkReport)] = []
        var named: [(NetworkHandle, NetworkReport)] = []
        for report in reports {
            switch report {
            case .ready(.session(let id), _), .ended(.session(let id), _, _): found.append((id, report))
            case .ready(.handle(let handle), _), .ended(.handle(let handle), _, _): named.append((handle, report))
            case .disturbed: break
            }
        }
        guard !named.isEmpty else { return found }
        let sessions = await sessions(withHandles: named.map(\.0))
        for (handle, report) in named {
            for session in sessions where session.placement(at: name)?.handle == handle { found.append((session.id, report)) }
        }
        return found
    }

    private func sessions(withHandles handles: [NetworkHandle]) async -> [Session] {
        var attempt = 0
        while !Task.isCancelled {
            do { return try await store.sessions(withHandles: handles) } catch {
                logger.warning("The sessions of a network's reports could not be found; trying again", metadata: ["error": "\(error)"])
                try? await clock.sleep(for: WorkQueue.delay(attempt: attempt))
                attempt += 1
            }
        }
        return []
    }
}

extension Session {
    fileprivate mutating func take(
        _ report: NetworkReport, from site: SiteName, at now: Timestamp, timing: Timing
    ) -> [SessionAction] {
        switch report {
        case .ready(_, let generation):
            guard let placed = placement(at: site) else { return [] }
            // A network that knows no generation has at least the one that it answered last.
            let known = generation ?? max(placed.generation, site == self.site ? self.generation : 0)
            return networkHolds(Placement(site: site, generation: known, handle: placed.handle, status: .ready), at: now)
        case .ended(_, let generation, let reason):
            return networkEnded(at: now, timing: timing, site: site, generation: generation, reason: reason)
        case .disturbed:
            return []
        }
    }
}
