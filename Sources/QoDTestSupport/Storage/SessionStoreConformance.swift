public import SessionEngine
public import Testing

/// The contract of every session store, as checks that each store must pass.
///
///     @Test("the store keeps its contract", arguments: SessionStoreConformance.checks)
///     func conforms(check: SessionStoreConformance.Check) async throws {
///         try await check.run(try MyStore())
///     }
public enum SessionStoreConformance {
    /// One check. Its name is the required behaviour.
    public struct Check: Sendable, CustomTestStringConvertible {
        public let testDescription: String
        let body: @Sendable (any SessionStore) async throws -> Void

        init(_ behaviour: String, _ body: @escaping @Sendable (any SessionStore) async throws -> Void) {
            self.testDescription = behaviour
            self.body = body
        }

        /// Runs the check over an empty store.
        public func run(_ store: any SessionStore) async throws {
            try await body(store)
        }
    }

    public static let checks: [Check] =
        keeping + conflicts + assignments + transitions + listing + idempotency + limits + load
}
