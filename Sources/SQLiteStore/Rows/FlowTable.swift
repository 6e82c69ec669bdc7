import Foundation
import GRDB
import QualityOnDemand

/// The table `flow`: the flows that block conflicting ones, found by address.
///
/// A session's rows stay until its own row is removed. A removal at the session's end would touch one more page, at a
/// time at which many sessions may end. So the search skips the rows of sessions that block no flow any more.
///
/// Subnets contain one another or have nothing in common. So a conflict has one of two forms: an entry inside the new
/// subnet, which is a range of the key, or a wider subnet around it, which is among the few entries that are not
/// single addresses.
enum FlowTable {
    /// The order of entries: by IP version, single addresses separate from subnets.
    fileprivate enum Kind: Int {
        case ipv4Address = 4
        case ipv4Subnet = 5
        case ipv6Address = 6
        case ipv6Subnet = 7
    }

    static func insert(_ session: Session, in database: Database) throws {
        for address in session.flow.applicationServer.addresses {
            let entry = Entry(address.subnet)
            var statement = try HotStatement("INSERT OR IGNORE INTO flow VALUES (?, ?, ?, ?, ?, ?, ?)", in: database)
            statement.bind(session.subject.key.description)
            statement.bind(entry.kind.rawValue)
            statement.bind(entry.low)
            statement.bind(session.id)
            statement.bind(entry.prefixLength)
            statement.bind(session.flow.applicationServerPorts?.text)
            statement.bind(session.flow.devicePorts?.text)
            try statement.run()
        }
    }

    static func delete(_ session: Session, in database: Database) throws {
        for address in session.flow.applicationServer.addresses {
            let entry = Entry(address.subnet)
            var statement = try HotStatement(
                "DELETE FROM flow WHERE device_key = ? AND kind = ? AND low = ? AND session = ?", in: database)
            statement.bind(session.subject.key.description)
            statement.bind(entry.kind.rawValue)
            statement.bind(entry.low)
            statement.bind(session.id)
            try statement.run()
        }
    }

    /// A session of the same device whose flow overlaps with the flow of `session`.
    ///
    /// - Parameter amongOthers: Whether only sessions of other clients count: the flows of one client may overlap in
    ///   the older dialect.
    static func conflict(with session: Session, amongOthers: Bool, in database: Database) throws -> SessionID? {
        let search = Search(session, amongOthers: amongOthers)
        for address in session.flow.applicationServer.addresses {
            let entry = Entry(address.subnet)
            // A subnet can contain both kinds of entries, a single address only itself. The search for wider subnets
            // is below.
            for kind in entry.kind.isSubnet ? entry.kind.family : [entry.kind] {
                var inside = try search.statement("low BETWEEN ? AND ?", kind, in: database)
                inside.bind(entry.low)
                inside.bind(entry.high)
                search.bindOwner(to: &inside)
                if let id = try search.firstConflict(inside, in: database) { return id }
            }
            var round = try search.statement("low <= ?", entry.kind.subnets, in: database)
            round.bind(entry.low)
            search.bindOwner(to: &round)
            if let id = try search.firstConflict(round, containing: address.subnet, in: database) { return id }
        }
        return nil
    }

    /// The search criteria, converted once and not again for each row.
    private struct Search {
        let device: String
        let serverPorts: PortSet?
        let devicePorts: PortSet?
        /// The client whose own sessions do not count.
        let sparedOwner: String?

        init(_ session: Session, amongOthers: Bool) {
            device = session.subject.key.description
            serverPorts = session.flow.applicationServerPorts.map { PortSet($0) }
            devicePorts = session.flow.devicePorts.map { PortSet($0) }
            sparedOwner = amongOthers ? session.owner.description : nil
        }

        func statement(_ range: String, _ kind: Kind, in database: Database) throws -> HotStatement {
            let others = sparedOwner == nil ? "" : " AND (SELECT owner FROM session WHERE id = flow.session) IS NOT ?"
            var statement = try HotStatement("""
                SELECT session, server_ports, device_ports, low, prefix_length FROM flow
                WHERE device_key = ? AND kind = ? AND \(range)\(others)
                """, in: database)
            statement.bind(device)
            statement.bind(kind.rawValue)
            return statement
        }

        func bindOwner(to statement: inout HotStatement) {
            if let sparedOwner { statement.bind(sparedOwner) }
        }

        func firstConflict(
            _ row: borrowing HotStatement, containing subnet: IPSubnet? = nil, in database: Database
        ) throws -> SessionID? {
            while try row.next() {
                if let subnet {
                    guard Entry.subnet(low: row.blob(3), prefixLength: Int(row.integer(4))).overlaps(subnet) else { continue }
                }
                guard Self.overlap(serverPorts, row, 1), Self.overlap(devicePorts, row, 2) else { continue }
                let id = row.sessionID(0)
                if try Self.blocks(id, in: database) { return id }
            }
            return nil
        }

        /// A session that cannot be read does not block its flow.
        private static func blocks(_ id: SessionID, in database: Database) throws -> Bool {
            do { return try SessionTable.find(id, in: database)?.blocksItsFlow == true } catch is UnreadableRow { return false }
        }

        /// Reads the row's ports one by one until one of them is in the set. No set is built for the row, however
        /// many ports it has.
        private static func overlap(_ ports: PortSet?, _ row: borrowing HotStatement, _ column: Int32) -> Bool {
            guard let ports, !row.isNull(column) else { return true }
            return row.withText(column) { PortsSpec.anyRange(in: $0, where: { ports.overlaps($0) }) }
        }
    }

    /// A subnet as a key of the table.
    private struct Entry {
        let kind: Kind
        let low: Data
        let high: Data
        let prefixLength: Int

        init(_ subnet: IPSubnet) {
            switch subnet {
            case .ipv4(let address, let length):
                kind = length == 32 ? .ipv4Address : .ipv4Subnet
                low = Data(bigEndian: address.rawValue)
                high = Data(bigEndian: address.rawValue | (length == 32 ? 0 : UInt32.max >> UInt32(length)))
                prefixLength = length
            case .ipv6(let address, let length):
                kind = length == 128 ? .ipv6Address : .ipv6Subnet
                low = address.blob
                let highBits = length >= 64 ? 0 : UInt64.max >> UInt64(length)
                let lowBits = length <= 64 ? UInt64.max : length == 128 ? 0 : UInt64.max >> UInt64(length - 64)
                high = Data(bigEndian: address.high | highBits, address.low | lowBits)
                prefixLength = length
            }
        }

        static func subnet(low: Data, prefixLength: Int) -> IPSubnet {
            if low.count == 4 {
                let value = low.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                return .ipv4(IPv4Address(rawValue: value), prefixLength: prefixLength)
            }
            return .ipv6(IPv6Address(blob: low), prefixLength: prefixLength)
        }
    }
}

extension FlowTable.Kind {
    /// Both kinds of the IP version.
    fileprivate var family: [Self] {
        switch self {
        case .ipv4Address, .ipv4Subnet: [.ipv4Address, .ipv4Subnet]
        case .ipv6Address, .ipv6Subnet: [.ipv6Address, .ipv6Subnet]
        }
    }

    fileprivate var isSubnet: Bool { self == subnets }

    /// The subnet kind of the IP version.
    fileprivate var subnets: Self {
        switch self {
        case .ipv4Address, .ipv4Subnet: .ipv4Subnet
        case .ipv6Address, .ipv6Subnet: .ipv6Subnet
        }
    }
}
