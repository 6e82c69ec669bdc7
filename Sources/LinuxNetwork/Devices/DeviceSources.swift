import Logging
import QualityOnDemand
import Southbound

/// The sources of a directory, and the changes in them. Blocks.
struct DeviceSources: Sendable {
    private let configuration: GatewayDirectoryConfiguration
    private let logger: Logger
    private var file: WatchedFile?
    private var leaseFiles: [WatchedLeases]
    private var entries = DeviceEntries.none
    /// By file.
    private var leases: [[Lease]]
    /// The last problem that was logged of each file, so that it is logged once.
    private var troubles: [String: String] = [:]
    /// The last remark that was logged of each usable file, so that it is logged once.
    private var remarks: [String: String] = [:]
    private var expiresAt: Timestamp?
    private static let limit = 16 << 20

    /// Whether any source can change.
    var isWatching: Bool { file != nil || !leaseFiles.isEmpty }

    init(_ configuration: GatewayDirectoryConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        file = configuration.file.map { WatchedFile($0.path, limit: Self.limit) }
        leaseFiles = configuration.leases.map(WatchedLeases.init)
        leases = configuration.leases.map { _ in [] }
    }

    // MARK: Starting

    /// Reads everything for the first time.
    ///
    /// - Throws: the reason why the directory cannot be made. A missing file of leases is not such a reason: the DHCP
    ///   server may start later.
    mutating func start(at now: Timestamp) throws(GatewayDirectoryError) -> DeviceTable {
        try configuration.subnets.check()
        entries = try combined(try firstEntries())
        for index in leaseFiles.indices {
            switch leaseFiles[index].look(at: now) {
            case .changed(let listing): use(listing, index)
            case .missing: note(leaseFiles[index].path, "is not there yet")
            case .failed(let reason): throw GatewayDirectoryError("devices.leases: \(leaseFiles[index].path): \(reason)")
            case .same: break
            }
        }
        return table(at: now)
    }

    private mutating func firstEntries() throws(GatewayDirectoryError) -> [DeviceEntry] {
        guard let path = file?.path else { return [] }
        var attempts = 0
        while true {
            switch file?.look() {
            case .changed(let bytes):
                do { return try read(bytes) } catch { throw GatewayDirectoryError("devices.file: \(error)") }
            case .missing: throw GatewayDirectoryError("devices.file: \(path): cannot be read; is it there?")
            case .failed(let reason): throw GatewayDirectoryError("devices.file: \(path): \(reason)")
            case .busy, .same, nil:
                attempts += 1
                guard attempts < 1000 else { throw GatewayDirectoryError("devices.file: \(path): changes too often to be read") }
            }
        }
    }

    // MARK: Going on

    /// - Returns: the table as of now, if it may have changed since the last check.
    mutating func look(at now: Timestamp) -> DeviceTable? {
        var hasChanged = lookAtFile()
        for index in leaseFiles.indices {
            switch leaseFiles[index].look(at: now) {
            case .changed(let listing):
                use(listing, index)
                hasChanged = true
            case .missing: note(leaseFiles[index].path, "is gone")
            case .failed(let reason): note(leaseFiles[index].path, reason)
            case .same: break
            }
        }
        if let expiresAt, expiresAt <= now { hasChanged = true }
        return hasChanged ? table(at: now) : nil
    }

    private mutating func lookAtFile() -> Bool {
        guard let path = file?.path, let outcome = file?.look() else { return false }
        switch outcome {
        case .changed(let bytes):
            do {
                entries = try combined(try read(bytes))
                forgive(path)
                logger.info("The file of devices was read again", metadata: ["file": "\(path)", "devices": "\(entries.all.count)"])
                return true
            } catch {
                note(path, "\(error)")
            }
        case .missing: note(path, "\(path): is gone")
        case .failed(let reason): note(path, "\(path): \(reason)")
        case .busy, .same: break
        }
        return false
    }

    private func read(_ bytes: [UInt8]) throws -> [DeviceEntry] {
        try configuration.file?.read(bytes) ?? []
    }

    private func combined(_ more: [DeviceEntry]) throws(GatewayDirectoryError) -> DeviceEntries {
        try DeviceEntries(configuration.entries + more, hasLeases: !leaseFiles.isEmpty, subnets: configuration.subnets)
    }

    private mutating func use(_ listing: LeaseListing, _ index: Int) {
        leases[index] = listing.leases
        let path = leaseFiles[index].path
        if let reason = listing.unreadable { return note(path, "a file that Kea keeps beside it: \(reason)") }
        guard let line = listing.firstBadLine else {
            forgive(path)
            if listing.leases.isEmpty { remark(path, "lists no lease", .info) }
            return
        }
        note(path, "has lines that are not leases", ["lines": "\(listing.badLines)", "first": "\(line)"])
    }

    private mutating func table(at now: Timestamp) -> DeviceTable {
        for (file, listed) in zip(leaseFiles, leases) where !listed.isEmpty {
            if listed.contains(where: { $0.isValid(at: now) }) {
                remarks[file.path] = nil
            } else {
                remark(file.path, "all \(listed.count) leases have expired; is the DHCP server running, and is this machine's clock right?", .warning)
            }
        }
        let table = DeviceTable(subnets: configuration.subnets, entries: entries, leases: leases.flatMap(\.self), at: now)
        expiresAt = table.expiresAt
        return table
    }

    // MARK: Telling

    /// Logs a problem of a file, unless it was the last to be logged of this file.
    private mutating func note(_ path: String, _ trouble: String, _ details: Logger.Metadata = [:]) {
        guard troubles.updateValue(trouble, forKey: path) != trouble else { return }
        logger.warning(
            "A file of the device directory cannot be used; its last usable content stays in use",
            metadata: ["file": "\(path)", "reason": "\(trouble)"].merging(details) { first, _ in first })
    }

    /// Logs a remark about a usable file, unless it was the last to be logged of this file.
    private mutating func remark(_ path: String, _ what: String, _ level: Logger.Level) {
        guard remarks.updateValue(what, forKey: path) != what else { return }
        logger.log(level: level, "A file of leases gives no device an address", metadata: ["file": "\(path)", "reason": "\(what)"])
    }

    private mutating func forgive(_ path: String) {
        guard troubles.removeValue(forKey: path) != nil else { return }
        logger.info("A file of the device directory can be used again", metadata: ["file": "\(path)"])
    }
}
