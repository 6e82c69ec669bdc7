import NIOConcurrencyHelpers
import QualityOnDemand
import SessionEngine
import Southbound

/// The calls of clients.
extension TwoEngines {
    static let clients = [ClientID("alice"), ClientID("bob")]
    static let secret = "sink-secret-9f2c"

    /// Makes a random call at a random server, without waiting for its end.
    func act() {
        guard let server = workingServer() else { return }
        let choice = state.withLockedValue { state in
            state.callsUnderWay += 1
            return state.random.int(in: 0...9)
        }
        Task {
            switch choice {
            case 0...4: await create(at: server)
            case 5...6: await delete(at: server)
            case 7: await extend(at: server)
            case 8: await peek(at: server)
            default: network.move(state.withLockedValue { $0.random.pick(SteppedDirectory.devices) })
            }
            state.withLockedValue { $0.callsUnderWay -= 1 }
        }
    }

    private func workingServer(except other: StepGate? = nil) -> Server? {
        state.withLockedValue { state in
            let working = state.servers.compactMap(\.self).filter { $0.isWorking && $0.gate !== other }
            return working.isEmpty ? nil : state.random.pick(working)
        }
    }

    private func order() throws -> (SessionOrder, ClientID) {
        try state.withLockedValue { state in
            let device = state.random.pick(SteppedDirectory.devices)
            let server = state.random.pick(["198.51.100.1", "198.51.100.2", "198.51.100.0/24"])
            var order = SessionOrder(
                device: try Device(phoneNumber: PhoneNumber(SharedNetwork.number(device))), flow: Fixture.flow(server),
                profile: Fixture.profile().name, duration: state.random.int(in: 1...8))
            if state.random.oneIn(2) {
                let token = SinkCredential.accessToken(Self.secret, expiresAt: clock.now.adding(seconds: 86_400))
                order.notification = NotificationTarget(sink: "https://host-\(state.random.int(in: 0...9)).example/", credential: token)
            }
            if state.random.oneIn(2) { order.idempotency = ("key-\(state.random.next())", [1]) }
            return (order, state.random.pick(Self.clients))
        }
    }

    private func create(at server: Server) async {
        guard let (order, client) = try? order() else { return }
        do {
            note(try await server.engine.create(order, by: client), order, client)
        } catch where error.code == .unavailable || error.code == .overloaded {
            // Nobody knows whether the session exists. With a key, the client asks another server.
            guard order.idempotency != nil, let other = workingServer(except: server.gate) else { return }
            if let session = try? await other.engine.create(order, by: client) { note(session, order, client) }
        } catch {}
    }

    private func note(_ session: Session, _ order: SessionOrder, _ client: ClientID) {
        state.withLockedValue { state in
            state.summary.created += 1
            state.answered[session.id] = (client, session.status, order.notification != nil)
            guard let key = order.idempotency?.key else { return }
            if let other = state.sessionOfKey.updateValue(session.id, forKey: key), other != session.id {
                state.faults.append("the key \(key) has two sessions")
            }
        }
    }

    private func known() -> (SessionID, ClientID)? {
        state.withLockedValue { state in
            guard !state.answered.isEmpty else { return nil }
            let ids = state.answered.keys.sorted().suffix(12)
            let id = state.random.pick(ids)
            return state.answered[id].map { (id, $0.client) }
        }
    }

    private func delete(at server: Server) async {
        guard let (id, client) = known() else { return }
        guard (try? await server.engine.delete(id, of: client)) != nil else { return }
        // From the answer on, no server has the session for clients.
        guard let other = workingServer(), (try? await other.engine.session(id, of: client)) != nil else { return }
        state.withLockedValue { $0.faults.append("the session \(id) was read after the answer to its deletion") }
    }

    private func extend(at server: Server) async {
        guard let (id, client) = known() else { return }
        _ = try? await server.engine.extend(id, by: 3, of: client)
    }

    /// Invariant 6: a client tries to read and delete a session of another client.
    private func peek(at server: Server) async {
        guard let (id, client) = known(), let stranger = Self.clients.first(where: { $0 != client }) else { return }
        let reads = (try? await server.engine.session(id, of: stranger)) != nil
        let deletes = (try? await server.engine.delete(id, of: stranger)) != nil
        if reads || deletes {
            state.withLockedValue { $0.faults.append("\(stranger) reached the session \(id) of \(client)") }
        }
    }
}
