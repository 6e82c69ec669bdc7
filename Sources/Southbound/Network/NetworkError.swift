/// Why a network did not obey an order.
public struct NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String { case unreachable, busy, rejected, unknownOutcome }
        private let value: Value

        /// The network could not be reached, or could not do anything. The engine retries with a growing delay.
        public static let unreachable = Code(value: .unreachable)
        /// The network is overloaded. The engine retries after ``NetworkError/retryAfter``.
        public static let busy = Code(value: .busy)
        /// The network does not program this session, and a repetition would not help. The session ends.
        public static let rejected = Code(value: .rejected)
        /// No answer came in time, or the answer cannot be understood. The network may have obeyed.
        public static let unknownOutcome = Code(value: .unknownOutcome)

        public var description: String { value.rawValue }
    }

    public let code: Code
    /// For people; for ``Code/rejected`` also for the client.
    public let description: String
    /// How long a busy network wants to be left alone; `nil` if the network did not say.
    public let retryAfter: Duration?

    public init(_ code: Code, _ description: String, retryAfter: Duration? = nil) {
        self.code = code
        self.description = description
        self.retryAfter = retryAfter
    }

    /// The network could not be reached, or could not do anything.
    public init(_ description: String) {
        self.init(.unreachable, description)
    }
}
