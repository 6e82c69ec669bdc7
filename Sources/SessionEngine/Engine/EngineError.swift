import Southbound
/// Why the engine did not do a client's request. The server maps the error to HTTP.
public struct EngineError: Error, Sendable, CustomStringConvertible {
    public let code: Code
    /// The fault and the allowed values, for the client.
    public let message: String
    /// How long to wait before a retry, if a retry helps.
    public let retryAfter: Duration?

    public init(_ code: Code, _ message: String, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    /// The kinds of refusal; more may come.
    public struct Code: Hashable, Sendable {
        private enum Kind {
            case sessionNotFound, permissionDenied, conflict, keyReused, extensionNotAllowed, durationOutOfRange
            case profileUnknown, profileNotApplicable, deviceMissing, deviceNotFound, deviceNotServed, quotaExceeded, overloaded, unavailable
            case flowTooLarge
        }
        private let kind: Kind

        public static let sessionNotFound = Code(kind: .sessionNotFound)
        public static let permissionDenied = Code(kind: .permissionDenied)
        public static let conflict = Code(kind: .conflict)
        public static let keyReused = Code(kind: .keyReused)
        public static let extensionNotAllowed = Code(kind: .extensionNotAllowed)
        public static let durationOutOfRange = Code(kind: .durationOutOfRange)
        public static let profileUnknown = Code(kind: .profileUnknown)
        public static let profileNotApplicable = Code(kind: .profileNotApplicable)
        /// A flow lists more ports than are allowed.
        public static let flowTooLarge = Code(kind: .flowTooLarge)
        public static let deviceMissing = Code(kind: .deviceMissing)
        public static let deviceNotFound = Code(kind: .deviceNotFound)
        public static let deviceNotServed = Code(kind: .deviceNotServed)
        /// The number of live sessions is at its limit. The client can end one of them.
        public static let quotaExceeded = Code(kind: .quotaExceeded)
        /// A queue is full. The client can retry.
        public static let overloaded = Code(kind: .overloaded)
        /// A part of the platform does not work now.
        public static let unavailable = Code(kind: .unavailable)
    }

    public var description: String { message }
}

extension EngineError {
    /// A store's failure in words for a client: without files and paths, which only the operator may see.
    init(_ error: StoreError) {
        switch error.code {
        case .overloaded, .contended:
            self.init(.overloaded, "The platform is busy; try again.", retryAfter: error.retryAfter ?? .seconds(1))
        case .unknownOutcome:
            self.init(
                .unavailable, "The platform cannot store sessions now, because its database did not confirm the last write; this one may or may not have been stored.",
                retryAfter: error.retryAfter ?? .seconds(5))
        default:
            let cause = Self.cause(of: error).map { ", because \($0)" } ?? ""
            self.init(.unavailable, "The platform cannot store sessions now\(cause); nothing was changed.", retryAfter: error.retryAfter ?? .seconds(5))
        }
    }

    private static func cause(of error: StoreError) -> String? {
        switch error.code {
        case .full: "its disk is full"
        case .diskFailed: "its disk fails"
        case .readOnly: "its database cannot be written"
        case .inUse: "another process holds the lock of its database"
        case .unavailable: "its database cannot be reached"
        case .fileLost: "the file of its database was deleted, replaced or truncated"
        case .corrupt: "its database is damaged"
        default: nil
        }
    }

    /// For a device that has no address.
    static let deviceNotConnected = EngineError(
        .deviceNotServed, "The service is not available for the device now: it is not connected to the network.")

    init(_ error: DirectoryError) {
        switch error {
        case .notFound:
            self.init(.deviceNotFound, "Device identifier not found: no identifier of the request names a device of this network.")
        case .notServed:
            self.init(.deviceNotServed, "The service is not available for the device.")
        case .unreachable:
            self.init(.unavailable, "The device directory cannot be reached now; nothing was changed.", retryAfter: .seconds(5))
        }
    }
}
