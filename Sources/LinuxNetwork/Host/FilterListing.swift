import QualityOnDemand
import Southbound

/// The sessions in our table, put together again from the kernel's elements.
struct FilterListing: Hashable, Sendable {
    /// Sessions by their class. The listing does not know whether the class exists.
    var services: [Service] = []
    /// Elements that belong to no session.
    var strays: [FilterElement] = []

    /// - Throws: ``Southbound/NetworkError`` if the table holds sessions that this program did not write.
    init(_ elements: [FilterElement]) throws(NetworkError) {
        var heads: [ClassID: Service.Head] = [:]
        var matches: [ClassID: Set<TrafficMatch>] = [:]
        var marks: [ClassID: Int] = [:]
        for element in elements {
            switch element.content {
            case .session(let id, let comment):
                guard let head = Service.read(comment: comment) else {
                    throw NetworkError("\(FilterText.table) \(element.set) has an element that this program did not make: \(comment)")
                }
                heads[id] = head
            case .mark(let id, let dscp): marks[id] = dscp
            case .traffic(let match, let id): matches[id, default: []].insert(match)
            }
        }
        services = heads.sorted { $0.key < $1.key }.map { Service($1, classID: $0, dscp: marks[$0], matches: matches[$0] ?? []) }
        strays = elements.filter { element in
            switch element.content {
            case .session: false
            case .mark(let id, _), .traffic(_, let id): heads[id] == nil
            }
        }
    }
}

extension Service {
    fileprivate init(_ head: Head, classID: ClassID, dscp: Int?, matches: Set<TrafficMatch>) {
        self.init(
            session: head.session, classID: classID, downlink: head.downlink, uplink: head.uplink, dscp: dscp, matches: matches,
            isPartial: head.isPartial, earlier: head.earlier, mark: head.mark.mixed(with: matches))
    }
}
