import NIOConcurrencyHelpers
import QualityOnDemand

/// The number of workers that may work at once.
final class Slots: Sendable {
    private let free: NIOLockedValueBox<Int>

    init(_ count: Int) {
        free = NIOLockedValueBox(count)
    }

    func take() -> Bool {
        free.withLockedValue { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
    }

    func giveBack() {
        free.withLockedValue { $0 += 1 }
    }
}

/// Places for groups of creations beside the queue. One client has at most half of the places, so that another
/// client's creation finds a place.
final class CreationPlaces: Sendable {
    private struct State {
        var free: Int
        var groups: [ClientID: Int] = [:]
    }

    private let state: NIOLockedValueBox<State>
    private let share: Int

    init(_ count: Int) {
        state = NIOLockedValueBox(State(free: count))
        share = max(count / 2, 1)
    }

    /// Takes a place for a group of creations of these clients.
    ///
    /// - Returns: the clients whose creations may take part; empty if there is no place.
    func take(for clients: Set<ClientID>) -> Set<ClientID> {
        state.withLockedValue { state in
            guard state.free > 0 else { return [] }
            let admitted = clients.filter { state.groups[$0, default: 0] < share }
            guard !admitted.isEmpty else { return [] }
            state.free -= 1
            for client in admitted { state.groups[client, default: 0] += 1 }
            return admitted
        }
    }

    func giveBack(for clients: Set<ClientID>) {
        state.withLockedValue { state in
            state.free += 1
            for client in clients {
                let left = state.groups[client, default: 1] - 1
                state.groups[client] = left > 0 ? left : nil
            }
        }
    }
}
