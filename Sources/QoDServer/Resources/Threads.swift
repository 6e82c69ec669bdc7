import NIOConcurrencyHelpers
import NIOPosix

/// Threads for work that blocks, or that would keep an event loop busy. They live as long as the process.
enum Threads {
    private struct Kind: Hashable {
        let purpose: String
        let count: Int
    }

    private static let pools = NIOLockedValueBox<[Kind: NIOThreadPool]>([:])

    /// A pool with this number of threads for one purpose.
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
