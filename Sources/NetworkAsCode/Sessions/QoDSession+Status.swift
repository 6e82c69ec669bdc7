extension QoDSession {
    /// The status of a session: a constant for each word of the API, and any other word of a provider unchanged.
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

        /// The network has not answered the request yet.
        public static let requested = Status(rawValue: "REQUESTED")
        /// The network keeps the promise of the profile.
        public static let available = Status(rawValue: "AVAILABLE")
        /// The session has ended, or never became available;
        /// ``QoDSession/statusInfo-swift.property`` gives the reason.
        public static let unavailable = Status(rawValue: "UNAVAILABLE")

        /// The word.
        public var description: String { rawValue }
    }

    /// Why a session is unavailable: a constant for each word of the API, and any other word of a provider unchanged.
    public struct StatusInfo: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The word.
        public let rawValue: String

        /// Takes any word.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The session expired.
        public static let durationExpired = StatusInfo(rawValue: "DURATION_EXPIRED")
        /// The network ended the session, or could not provide it.
        public static let networkTerminated = StatusInfo(rawValue: "NETWORK_TERMINATED")
        /// A client deleted the session.
        public static let deleteRequested = StatusInfo(rawValue: "DELETE_REQUESTED")

        /// The word.
        public var description: String { rawValue }
    }
}
