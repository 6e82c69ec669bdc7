import Foundation
import QualityOnDemand

/// A file of leases, checked again and again. Blocks.
///
/// Kea cleans its file up now and then. The older leases are then in files beside it, and only the newer ones in the
/// file itself. All of these files are read in Kea's own order.
struct WatchedLeases: Sendable {
    let path: String
    private var files: [Part: WatchedFile] = [:]
    private var contents: [Part: [UInt8]] = [:]
    /// The files beside it that cannot be read, with the reasons.
    private var troubles: [Part: String] = [:]
    private static let limit = 64 << 20

    /// In the order in which the files are checked: a lease that moves from one file to the next is never missed.
    private enum Part: String, CaseIterable {
        case current = ""
        case input = ".1"
        case previous = ".2"
        case completed = ".completed"
    }

    init(_ path: String) {
        self.path = path
        for part in Part.allCases { files[part] = WatchedFile(path + part.rawValue, limit: Self.limit) }
    }

    enum Outcome: Sendable {
        case same
        case changed(LeaseListing)
        case missing
        case failed(String)
    }

    mutating func look(at now: Timestamp) -> Outcome {
        var hasChanged = false
        switch files[.current]?.look() {
        case .changed(let bytes):
            contents[.current] = bytes
            hasChanged = true
        case .missing: return .missing
        case .failed(let reason): return .failed(reason)
        case .busy, .same, nil: break
        }
        guard let current = contents[.current] else { return .same }
        switch LeaseFormat(current) {
        case .dnsmasq: return hasChanged ? .changed(DnsmasqLeases.read(current, at: now)) : .same
        case .kea: return lookBeside(hasChanged)
        case nil:
            return hasChanged ? .failed("is a file of leases neither as dnsmasq nor as Kea writes it") : .same
        }
    }

    private mutating func lookBeside(_ hasChanged: Bool) -> Outcome {
        var hasChanged = hasChanged
        for part in Part.allCases.dropFirst() {
            switch files[part]?.look() {
            case .changed(let bytes):
                contents[part] = bytes
                troubles[part] = nil
                hasChanged = true
            case .missing:
                hasChanged = [contents.removeValue(forKey: part) != nil, troubles.removeValue(forKey: part) != nil, hasChanged].contains(true)
            case .failed(let reason):
                // The content that was read before stays in use.
                hasChanged = troubles.updateValue(reason, forKey: part) != reason || hasChanged
            case .busy, .same, nil: break
            }
        }
        guard hasChanged else { return .same }
        let older: [Part] = contents[.completed] != nil ? [.completed] : [.previous, .input]
        var listing = KeaLeases.read((older + [.current]).compactMap { contents[$0] })
        listing.unreadable = troubles.min { $0.key.rawValue < $1.key.rawValue }.map { "\(path)\($0.rawValue): \($1)" }
        return .changed(listing)
    }
}
