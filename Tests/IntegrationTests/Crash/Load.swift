import CAMARA
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand

/// Clients that create, extend, delete and read sessions while a server runs. Each client has its own devices.
final class Load: Sendable {
    private struct State {
        var address: String?
        var graceFrom = Timestamp(milliseconds: 0)
        var inFlight = 0
        var isOver = false
    }

    let ledger: Ledger
    private let seed: UInt64
    private let longestShort = NIOLockedValueBox(20)
    private let state = NIOLockedValueBox(State())

    static let clients = 8
    /// The number of devices of one client. Each device has few sessions, so that one answer lists them all.
    private static let devicesEach = 100

    init(ledger: Ledger, seed: UInt64) {
        self.ledger = ledger
        self.seed = seed
    }

    /// Test devices that are available at once, and some that are available after two seconds.
    static func devices(of client: Int) -> [Int] {
        (0..<devicesEach).map { (client == 0 ? 2000 : 1000) + client * devicesEach + $0 }
    }

    /// Sends all further requests to this server.
    func resume(_ server: ServerProcess) {
        state.withLockedValue { ($0.address, $0.graceFrom) = (server.address, server.startedAt) }
    }

    /// Stops further requests, and returns when no request is under way.
    func settle() async throws {
        state.withLockedValue { $0.address = nil }
        try await wait(upTo: .seconds(20), for: "the end of all requests") { state.withLockedValue { $0.inFlight == 0 } }
    }

    /// Limits the duration of all further short sessions; other sessions last hours.
    func shorten(to seconds: Int) {
        longestShort.withLockedValue { $0 = seconds }
    }

    func end() {
        state.withLockedValue { $0.isOver = true }
    }

    /// Sends requests until ``end()``.
    func run() async {
        await withDiscardingTaskGroup { group in
            for client in 0..<Self.clients {
                group.addTask { await self.run(client: client) }
            }
        }
    }

    private func run(client: Int) async {
        var random = SeededGenerator(seed: seed &+ UInt64(client))
        var made = 0
        var own: [String] = []
        while !state.withLockedValue({ $0.isOver }) {
            let (address, graceFrom) = state.withLockedValue { state in
                if state.address != nil { state.inFlight += 1 }
                return (state.address, state.graceFrom)
            }
            if let address {
                await act(RawClient(address: address), client, graceFrom, &random, &made, &own)
                state.withLockedValue { $0.inFlight -= 1 }
            }
            try? await pause(for: .milliseconds(random.int(in: 1...20)))
        }
    }

    private func act(
        _ api: RawClient, _ client: Int, _ graceFrom: Timestamp, _ random: inout SeededGenerator, _ made: inout Int, _ own: inout [String]
    ) async {
        let choice = random.int(in: 1...100)
        if choice <= 50 || own.isEmpty {
            made += 1
            let order = order(client, number: made, &random)
            if let id = await create(order, api) { own.append(id) }
        } else {
            let id = random.pick(own)
            if choice <= 65 {
                await delete(id, api)
            } else if choice <= 80 {
                await extend(id, by: random.int(in: 1...5), api)
            } else {
                await read(id, api, graceFrom)
            }
        }
    }

    private func order(_ client: Int, number: Int, _ random: inout SeededGenerator) -> Ledger.Order {
        let isShort = random.oneIn(2)
        return Ledger.Order(
            device: random.pick(Self.devices(of: client)), service: "10.\(client).\(number / 250).\(number % 250 + 1)",
            duration: isShort ? random.int(in: 1...longestShort.withLockedValue { $0 }) : random.int(in: 3600...86_400),
            idempotencyKey: random.oneIn(2) ? "key-\(seed)-\(client)-\(number)" : nil, sentAt: .now)
    }

    // MARK: Requests

    /// - Returns: The session's id; `nil` if there is no answer.
    @discardableResult
    func create(_ order: Ledger.Order, _ api: RawClient) async -> String? {
        guard let answer = try? await api.create(order.body, idempotencyKey: order.idempotencyKey) else {
            ledger.count("creations not answered")
            ledger.lost(order)
            return nil
        }
        guard answer.status == 201, let session = try? answer.session() else {
            // The server correctly refuses the key of a session that has ended.
            if answer.status == 409, order.idempotencyKey != nil, order.earliestEnd < .now { return nil }
            ledger.violate("a creation was answered \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
            return nil
        }
        ledger.count("created")
        ledger.created(session, by: order)
        return session.sessionID
    }

    private func delete(_ id: String, _ api: RawClient) async {
        guard let entry = ledger[id], entry.deletion == .none else { return }
        ledger.change(id) { $0.deletion = .asked }
        let answer = try? await api.delete(id)
        switch answer?.status {
        case 204?:
            ledger.count("deleted")
            ledger.change(id) { $0.deletion = .answered }
        case 404? where entry.surelyLivesUntil <= .now: ledger.change(id) { $0.deletion = .none }
        case let status?: ledger.violate("the deletion of \(id) was answered \(status)")
        case nil: ledger.count("deletions not answered")
        }
    }

    private func extend(_ id: String, by seconds: Int, _ api: RawClient) async {
        guard let entry = ledger[id], entry.deletion == .none, entry.perhapsExpiresAt == nil, let expiresAt = entry.expiresAt,
            let startedAt = entry.startedAt
        else { return }
        let later = min(expiresAt.adding(seconds: seconds), startedAt.adding(seconds: 86_400))
        ledger.change(id) { $0.perhapsExpiresAt = later }
        guard let answer = try? await api.extend(id, by: seconds) else { return ledger.count("extensions not answered") }
        ledger.count("extended")
        switch answer.status {
        case 200:
            if (try? answer.session().expiresAt) != later { ledger.violate("\(id) was not extended to \(later)") }
            ledger.change(id) { ($0.expiresAt, $0.perhapsExpiresAt) = (later, nil) }
        case 404 where expiresAt <= .now, 409 where expiresAt <= .now: ledger.change(id) { $0.perhapsExpiresAt = nil }
        default: ledger.violate("the extension of \(id) was answered \(answer.status)")
        }
    }

    private func read(_ id: String, _ api: RawClient, _ graceFrom: Timestamp) async {
        guard let entry = ledger[id] else { return }
        let asked = Timestamp.now
        guard let answer = try? await api.get(id) else { return }
        ledger.count("read")
        do { try ledger.check(entry, against: answer, asked: asked, answered: .now, graceFrom: graceFrom) } catch { ledger.violate("\(id): \(error)") }
    }
}
