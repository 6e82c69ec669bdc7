/// A token from the authorization server.
struct FetchedToken: Sendable {
    let secret: Secret
    /// The lifetime of the token, counted from the moment of the request.
    let lifetime: Duration
}

/// Keeps a token. Renews the token before it expires, or after a server rejected it. If several calls need a new
/// token at the same time, one renewal runs, and all these calls get its outcome.
actor TokenSource {
    struct Token: Sendable {
        let secret: Secret
        let generation: Int
        let renewAt: Duration
    }

    private typealias Waiter = CheckedContinuation<Result<Token, NetworkAsCodeError>, Never>

    private let time: TimeSource
    private let fetch: @Sendable () async throws(NetworkAsCodeError) -> FetchedToken
    private var current: Token?
    private var isRenewing = false
    private var waiters: [Int: Waiter] = [:]
    private var lastWaiter = 0

    init(time: TimeSource, fetch: @escaping @Sendable () async throws(NetworkAsCodeError) -> FetchedToken) {
        self.time = time
        self.fetch = fetch
    }

    /// A token that stays valid for a while and is not the token of generation `rejected`.
    func token(insteadOf rejected: Int?) async throws(NetworkAsCodeError) -> Token {
        if let current, current.generation != rejected, time.uptime() < current.renewAt { return current }
        lastWaiter += 1
        let id = lastWaiter
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { join(id, $0) }
        } onCancel: {
            Task { await self.leave(id) }
        }
        return try result.get()
    }

    private func join(_ id: Int, _ waiter: Waiter) {
        guard !Task.isCancelled else { return waiter.resume(returning: .failure(.cancelled)) }
        waiters[id] = waiter
        guard !isRenewing else { return }
        isRenewing = true
        // The renewal has a task of its own: a cancellation of the first call must not fail the other calls.
        Task { await renew() }
    }

    private func leave(_ id: Int) {
        waiters.removeValue(forKey: id)?.resume(returning: .failure(.cancelled))
    }

    private func renew() async {
        let askedAt = time.uptime()
        let result: Result<Token, NetworkAsCodeError>
        do throws(NetworkAsCodeError) {
            let fetched = try await fetch()
            // Early enough that a request that is sent just before still arrives in time.
            let margin = min(.seconds(60), fetched.lifetime / 10)
            let token = Token(
                secret: fetched.secret, generation: (current?.generation ?? 0) + 1, renewAt: askedAt + fetched.lifetime - margin)
            current = token
            result = .success(token)
        } catch {
            result = .failure(error)
        }
        isRenewing = false
        let all = waiters.values
        waiters = [:]
        for waiter in all { waiter.resume(returning: result) }
    }
}
