/// Why a store did not do a call. Nothing was changed, except perhaps with ``Code-swift.struct/unknownOutcome``.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    public let code: Code
    /// For the operator: the fault, the file, and how to repair it.
    public let message: String
    /// How long to wait before a repetition, if the store knows.
    public let retryAfter: Duration?

    public init(_ code: Code, _ message: String, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    /// The kinds of failure that are handled differently; more may come.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case overloaded, contended, unavailable, unknownOutcome, fenced, full, readOnly, corrupt, newerVersion, inUse, fileLost, diskFailed
            case failed, closed
        }
        private let kind: Kind

        /// More calls wait than the store allows. The caller can retry soon.
        public static let overloaded = Code(kind: .overloaded)
        /// The call met another one that changes the same data. The caller can repeat it at once.
        public static let contended = Code(kind: .contended)
        /// The database cannot be reached now, as during a change of its primary server.
        public static let unavailable = Code(kind: .unavailable)
        /// Nobody confirmed a write: the data may be stored, or not. A creation can be repeated with the same session.
        public static let unknownOutcome = Code(kind: .unknownOutcome)
        /// The caller does not hold the lease any more under which it made the write.
        public static let fenced = Code(kind: .fenced)
        /// The disk is full.
        public static let full = Code(kind: .full)
        /// The file or its folder cannot be written.
        public static let readOnly = Code(kind: .readOnly)
        /// The file is damaged, or no database.
        public static let corrupt = Code(kind: .corrupt)
        /// The file was written by a newer version of this program.
        public static let newerVersion = Code(kind: .newerVersion)
        /// Another process has the file.
        public static let inUse = Code(kind: .inUse)
        /// New data would not be found again: the file was deleted, replaced or truncated.
        public static let fileLost = Code(kind: .fileLost)
        /// The disk failed to read or write.
        public static let diskFailed = Code(kind: .diskFailed)
        /// Anything else.
        public static let failed = Code(kind: .failed)
        /// The store was closed.
        public static let closed = Code(kind: .closed)

        public var description: String { kind.rawValue }
    }

    public var description: String { message }
}
