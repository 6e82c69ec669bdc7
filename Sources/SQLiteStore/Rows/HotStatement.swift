import Foundation
import GRDB
import GRDBSQLite
import QualityOnDemand

/// A prepared statement that binds and reads values directly through SQLite's own functions.
///
/// For the statements of every request: the conversion of thirty values to GRDB's arguments takes longer than their
/// insertion. The statement is GRDB's own, from its cache, and is always reset after use.
struct HotStatement: ~Copyable {
    private let handle: OpaquePointer
    private let database: Database
    private var bound: Int32 = 0

    /// Copies the text or blob at once.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    init(_ sql: String, in database: Database) throws {
        self.database = database
        self.handle = try database.cachedStatement(sql: sql).sqliteStatement
        sqlite3_reset(handle)
    }

    deinit {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    // MARK: Values in, in the order of the statement's question marks

    mutating func bind(_ value: Int64?) {
        bound += 1
        if let value { sqlite3_bind_int64(handle, bound, value) } else { sqlite3_bind_null(handle, bound) }
    }

    mutating func bind(_ value: Int) {
        bind(Int64(value))
    }

    mutating func bind(_ text: String?) {
        bound += 1
        guard var text else {
            sqlite3_bind_null(handle, bound)
            return
        }
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                if let base = characters.baseAddress {
                    _ = sqlite3_bind_text(handle, bound, base, Int32(characters.count), Self.transient)
                } else {
                    _ = sqlite3_bind_text(handle, bound, "", 0, Self.transient)
                }
            }
        }
    }

    mutating func bind(_ id: SessionID) {
        bind(high: id.high, low: id.low)
    }

    /// Sixteen bytes.
    mutating func bind(high: UInt64, low: UInt64) {
        bound += 1
        let halves = (high.bigEndian, low.bigEndian)
        withUnsafeBytes(of: halves) { _ = sqlite3_bind_blob(handle, bound, $0.baseAddress, 16, Self.transient) }
    }

    /// The same with a byte behind.
    mutating func bind(high: UInt64, low: UInt64, followedBy last: UInt8) {
        bound += 1
        // The bytes behind `last` that fill the tuple up are not bound.
        let bytes = (high.bigEndian, low.bigEndian, last)
        withUnsafeBytes(of: bytes) { _ = sqlite3_bind_blob(handle, bound, $0.baseAddress, 17, Self.transient) }
    }

    mutating func bind(_ data: Data) {
        bound += 1
        data.withUnsafeBytes { bytes in
            // A null pointer would bind NULL, not an empty blob.
            if bytes.isEmpty {
                sqlite3_bind_zeroblob(handle, bound, 0)
            } else {
                _ = sqlite3_bind_blob(handle, bound, bytes.baseAddress, Int32(bytes.count), Self.transient)
            }
        }
    }

    // MARK: Running

    /// Runs a statement without result rows.
    func run() throws {
        guard sqlite3_step(handle) == SQLITE_DONE else { throw failure() }
    }

    /// Moves to the next row.
    ///
    /// - Returns: whether there is a next row.
    func next() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw failure()
        }
    }

    private func failure() -> DatabaseError {
        let connection = sqlite3_db_handle(handle)
        return DatabaseError(
            resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)), message: String(cString: sqlite3_errmsg(connection)))
    }

    // MARK: Values out, by the column's place in the row, from 0

    func isNull(_ column: Int32) -> Bool {
        sqlite3_column_type(handle, column) == SQLITE_NULL
    }

    func integer(_ column: Int32) -> Int64 {
        sqlite3_column_int64(handle, column)
    }

    func optionalInteger(_ column: Int32) -> Int64? {
        isNull(column) ? nil : integer(column)
    }

    func text(_ column: Int32) -> String {
        guard let characters = sqlite3_column_text(handle, column) else { return "" }
        return String(decoding: UnsafeBufferPointer(start: characters, count: Int(sqlite3_column_bytes(handle, column))), as: UTF8.self)
    }

    /// Passes the bytes of a text to `read`, without a copy.
    func withText<Value>(_ column: Int32, _ read: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        guard let characters = sqlite3_column_text(handle, column) else { return read(UnsafeBufferPointer(start: nil, count: 0)) }
        return read(UnsafeBufferPointer(start: characters, count: Int(sqlite3_column_bytes(handle, column))))
    }

    func optionalText(_ column: Int32) -> String? {
        isNull(column) ? nil : text(column)
    }

    /// Sixteen bytes as two numbers; zeros if the length is different.
    func halves(_ column: Int32) -> (high: UInt64, low: UInt64) {
        guard sqlite3_column_bytes(handle, column) == 16, let bytes = sqlite3_column_blob(handle, column) else { return (0, 0) }
        return (
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
    }

    /// Reads an IPv6 address of 16 bytes, or a prefix with its length as a 17th byte. `nil` if the column has
    /// neither.
    func prefix(_ column: Int32) -> IPSubnet? {
        guard let bytes = sqlite3_column_blob(handle, column), case let count = sqlite3_column_bytes(handle, column), (16...17).contains(count) else {
            return nil
        }
        let (high, low) = (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        let length = count == 17 ? Int(bytes.load(fromByteOffset: 16, as: UInt8.self)) : 128
        return .containing(IPv6Address(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low)), prefixLength: min(length, 128))
    }

    func sessionID(_ column: Int32) -> SessionID {
        let (high, low) = halves(column)
        return SessionID(high: high, low: low)
    }

    func blob(_ column: Int32) -> Data {
        guard let bytes = sqlite3_column_blob(handle, column) else { return Data() }
        return Data(bytes: bytes, count: Int(sqlite3_column_bytes(handle, column)))
    }
}
