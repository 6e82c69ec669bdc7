import NIOConcurrencyHelpers
import NIOPosix

/// Threads for work that would keep an event loop busy, or that blocks. They live as long as the process.
enum Threads {
    private struct Kind: Hashable {
        let purpose: String
        let count: Int
    }

    private static let pools = NIOLockedValueBox<[Kind: NIOThreadPool]>([:])

    /// So many threads for one purpose.
    static func pool(_ purpose: String, count: Int) -> NIOThreadPool {
        pools.withLockedValue { pools in
            let kind = Kind(purpose: purpose, count: count)
            if let pool = pools[kind] { return pool }
            let pool = NIOThreadPool(numberOfThreads: count)
            pool.start()
            pools[kind] = pool
            return pool
        }
    }
}
