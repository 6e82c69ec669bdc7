import QualityOnDemand

/// One element of the packet filter's sets and maps.
struct FilterElement: Hashable, Sendable {
    enum Content: Hashable, Sendable {
        /// A session's class; the comment holds the other facts that have to be remembered of the session.
        case session(ClassID, comment: String)
        /// The mark in the headers of a class's packets.
        case mark(ClassID, dscp: Int)
        /// The class of some traffic.
        case traffic(TrafficMatch, ClassID)
    }

    let content: Content

    /// The set that names the sessions.
    static let sessions = "sessions"
    /// The map from classes to marks.
    static let marks = "marks"

    /// The prefix length of the device whose traffic the element leads to a class; `nil` if the device is a single
    /// address.
    var prefixLength: Int? {
        if case .traffic(let match, _) = content { FilterText.Part(match).prefixLength } else { nil }
    }

    /// The set or map that the element belongs to.
    var set: String {
        switch content {
        case .session: Self.sessions
        case .mark: Self.marks
        case .traffic(let match, _): FilterText.Part(match).name
        }
    }
}

extension FilterElement {
    init(_ match: TrafficMatch, _ id: ClassID) {
        content = .traffic(match, id)
    }

    /// All elements that the table holds for a session; the elements of its traffic are in no order.
    static func all(of service: Service) -> [FilterElement] {
        [FilterElement(content: .session(service.classID, comment: service.comment))]
            + (service.dscp.map { [FilterElement(content: .mark(service.classID, dscp: $0))] } ?? [])
            + service.matches.map { FilterElement($0, service.classID) }
    }
}

/// The element as `nft` reads it.
extension FilterElement {
    var addition: String {
        let value =
            switch content {
            case .session(_, let comment): " comment \"\(comment)\""
            case .mark(_, let dscp): " : goto \(FilterText.markChain(dscp))"
            case .traffic(_, let id): " : \(id)"
            }
        return "add element \(FilterText.table) \(set) { \(keyText)\(value) }\n"
    }

    var deletion: String { "delete element \(FilterText.table) \(set) { \(keyText) }\n" }

    var keyText: String {
        switch content {
        case .session(let id, _), .mark(let id, _): return "\(id)"
        case .traffic(let match, _):
            let parts = FilterText.Map(match).key.parts(
                server: "\(match.server)", serverPort: match.ports?.server.filterText ?? "", devicePort: match.ports?.device.filterText ?? "")
            return ([match.device.firstAddress] + parts).joined(separator: " . ")
        }
    }
}

extension PortRange {
    fileprivate var filterText: String { first == last ? "\(first)" : "\(first)-\(last)" }
}
