extension QoDSession {
    /// How far a session has come: a word of the API as a constant, any other word of a provider as it came.
    ///
    ///     switch session.status {
    ///     case .available: print("the profile's promise holds")
    ///     case .unavailable: print("ended:", session.statusInfo ?? "the provider does not tell why")
    ///     default: print("not yet:", session.status)
    ///     }
    public struct Status: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The word.
        public let rawValue: String

        /// Takes any word.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The network has been asked and has not answered yet.
        public static let requested = Status(rawValue: "REQUESTED")
        /// The network keeps the profile's promise.
        public static let available = Status(rawValue: "AVAILABLE")
        /// It has ended, or never came about; ``QoDSession/statusInfo-swift.property`` says why.
        public static let unavailable = Status(rawValue: "UNAVAILABLE")

        /// The word.
        public var description: String { rawValue }
    }

    /// Why a session is unavailable: a word of the API as a constant, any other word of a provider as it came.
    public struct StatusInfo: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The word.
        public let rawValue: String

        /// Takes any word.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Its time was up.
        public static let durationExpired = StatusInfo(rawValue: "DURATION_EXPIRED")
        /// The network ended it, or could not provide it.
        public static let networkTerminated = StatusInfo(rawValue: "NETWORK_TERMINATED")
        /// It was deleted.
        public static let deleteRequested = StatusInfo(rawValue: "DELETE_REQUESTED")

        /// The word.
        public var description: String { rawValue }
    }
}
