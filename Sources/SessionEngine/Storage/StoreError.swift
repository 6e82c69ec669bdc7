/// Why a store did not do a call. Nothing was changed, except perhaps with ``Code-swift.struct/uncertain``.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    public let code: Code
    /// For the operator: the fault, the file, and how to repair it.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The kinds of failure that are handled differently; more may come.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String { case overloaded, full, readOnly, corrupt, newerVersion, inUse, unavailable, diskFailed, uncertain, failed, closed }
        private let kind: Kind

        /// More calls wait than the store allows. The caller can retry soon.
        public static let overloaded = Code(kind: .overloaded)
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
        public static let unavailable = Code(kind: .unavailable)
        /// The disk failed to read or write.
        public static let diskFailed = Code(kind: .diskFailed)
        /// The disk did not confirm a write: the data may be there after a crash, or not.
        public static let uncertain = Code(kind: .uncertain)
        /// Anything else.
        public static let failed = Code(kind: .failed)
        /// The store was closed.
        public static let closed = Code(kind: .closed)

        public var description: String { kind.rawValue }
    }

    public var description: String { message }
}
