public import QualityOnDemand
public import Southbound

/// The answer to a grant, for tests that compare answers.
public enum GrantAnswer: Hashable, Sendable {
    case ready
    case pending
    case refused(String)
}

extension Grant {
    /// An order to serve the grant. The order of the sessions' ids decides overlaps.
    public func order(generation: Int64 = 1, rank: Int64 = 0) -> Order {
        Order(generation: generation, rank: rank, wish: .serve(self, until: nil))
    }
}

/// Calls for tests that need neither handles nor single errors.
extension NetworkDriver {
    /// Programs flows.
    ///
    /// - Throws: the first error that is not a refusal.
    public func program(_ grants: [Grant], generation: Int64 = 1) async throws(NetworkError) -> [GrantAnswer] {
        var answers: [GrantAnswer] = []
        for result in await apply(grants.map { $0.order(generation: generation) }) {
            switch result {
            case .success(.pending): answers.append(.pending)
            case .success: answers.append(.ready)
            case .failure(let error):
                guard error.code == .rejected else { throw error }
                answers.append(.refused(error.description))
            }
        }
        return answers
    }

    /// Releases flows, whatever their generation.
    public func release(_ sessions: [SessionID]) async throws(NetworkError) {
        for result in await apply(sessions.map { Order(generation: .max, wish: .release($0)) }) { _ = try result.get() }
    }

    /// The ids of all sessions that the network holds, in their order.
    public func held() async throws(NetworkError) -> [SessionID] {
        try await inventory().map(\.session)
    }

    /// Everything that the network holds, read in pages.
    public func inventory(page: Int = 500) async throws(NetworkError) -> [Held] {
        var all: [Held] = []
        while true {
            guard let next = try await inventory(after: all.last?.session, limit: page) else { return all }
            all += next
            if next.count < page { return all }
        }
    }
}
