import Foundation
import GRDB
import QualityOnDemand
import SessionEngine

/// The table `session`, a row for each session.
enum SessionTable {
    static let columns = """
        id, owner, device_key, phone_number, network_access_identifier, public_ipv4, private_ipv4, public_port, ipv6, \
        identified_by, network_ipv4, network_ipv6, server_form, servers, server_ports, device_ports, profile, sink, sink_token, \
        sink_token_expires_at, dialect, created_at, duration, status, status_info, started_at, ends_at, readable_until, in_network, deadline, \
        reason, generation, applied, placement, handle, former, site, rank
        """
    private static let insertion = """
        INSERT INTO session (\(columns)) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,iif(?19 IS NULL, NULL, nac_seal(?19)),\
        ?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
        """
    private static let update = """
        UPDATE session SET duration = ?1, status = ?2, status_info = ?3, started_at = ?4, ends_at = ?5, readable_until = ?6, \
        in_network = ?7, deadline = ?8, reason = ?9, generation = ?10, applied = ?11, placement = ?12, handle = ?13, former = ?14, \
        sink_token = iif(?2 = 2, NULL, sink_token) WHERE id = ?15
        """
    /// The most frequent change. An index is not touched by a statement that does not name its columns.
    private static let updateOfStatus = """
        UPDATE session SET duration = ?1, status = ?2, status_info = ?3, started_at = ?4, ends_at = ?5, readable_until = ?6, \
        in_network = ?7, deadline = ?8, reason = ?9, applied = ?10, placement = ?11, \
        sink_token = iif(?2 = 2, NULL, sink_token) WHERE id = ?12
        """
    static let shown = columns.openingTokens
    private static let byID = "SELECT \(shown) FROM session WHERE id = ?"

    static func insert(_ session: Session, in database: Database) throws {
        let device = session.subject.device
        var statement = try HotStatement(insertion, in: database)
        statement.bind(session.id)
        statement.bind(session.owner.description)
        statement.bind(session.subject.key.description)
        statement.bind(device?.phoneNumber?.description)
        statement.bind(device?.networkAccessIdentifier?.description)
        statement.bind(device?.ipv4Address.map { Int64($0.publicAddress.rawValue) })
        statement.bind(device?.ipv4Address?.privateAddress.map { Int64($0.rawValue) })
        statement.bind(device?.ipv4Address?.publicPort.map { Int64($0) })
        statement.bind(device?.ipv6Address?.description)
        statement.bind(session.subject.identifiedBy.rawValue)
        statement.bind(session.subject.addresses)
        statement.bind(session.flow.applicationServer.form.rawValue)
        statement.bind(session.flow.applicationServer.text)
        statement.bind(session.flow.applicationServerPorts?.text)
        statement.bind(session.flow.devicePorts?.text)
        statement.bind(session.profile.description)
        statement.bind(session.notification)
        statement.bind(session.dialect.rawValue)
        statement.bind(session.createdAt.milliseconds)
        statement.bindProgress(of: session)
        statement.bind(session.site == .default ? nil : session.site.description)
        statement.bind(session.rank)
        try statement.run()
    }

    static func update(_ session: Session, from before: Session, in database: Database) throws {
        let isSamePlacement =
            session.generation == before.generation && session.placement?.handle == before.placement?.handle
            && session.formerPlacements.count == before.formerPlacements.count
        var statement = try HotStatement(isSamePlacement ? updateOfStatus : update, in: database)
        statement.bindStatus(of: session)
        if !isSamePlacement { statement.bind(session.generation) }
        statement.bindApplied(of: session)
        if !isSamePlacement { statement.bindHandle(of: session) }
        statement.bind(session.id)
        try statement.run()
    }

    /// Stores the device's current addresses, and the site where it is.
    static func updateSubject(_ session: Session, in database: Database) throws {
        var statement = try HotStatement(
            "UPDATE session SET network_ipv4 = ?, network_ipv6 = ?, device_key = ?, site = ? WHERE id = ?", in: database)
        statement.bind(session.subject.addresses)
        statement.bind(session.subject.key.description)
        statement.bind(session.site == .default ? nil : session.site.description)
        statement.bind(session.id)
        try statement.run()
    }

    static func delete(_ id: SessionID, in database: Database) throws {
        var statement = try HotStatement("DELETE FROM session WHERE id = ?", in: database)
        statement.bind(id)
        try statement.run()
    }

    static func find(_ id: SessionID, in database: Database) throws -> Session? {
        var statement = try HotStatement(byID, in: database)
        statement.bind(id)
        return try statement.next() ? try session(statement, in: database) : nil
    }

    /// The next sessions in the order of their ids; fewer than `limit` only at the end of the table.
    static func page(
        after id: SessionID?, limit: Int, skipping unreadable: UnreadableRows, in database: Database
    ) throws -> [Session] {
        var statement = try HotStatement("SELECT \(shown) FROM session WHERE id > ? ORDER BY id", in: database)
        if let id { statement.bind(id) } else { statement.bind(Data()) }
        var sessions: [Session] = []
        while sessions.count < limit, try statement.next() {
            if let readable = try unreadable.readable({ try session(statement, in: database) }) { sessions.append(readable) }
        }
        return sessions
    }

    static func deadlines(until horizon: Timestamp, limit: Int, in database: Database) throws -> [Deadline] {
        var statement = try HotStatement(
            "SELECT deadline, id FROM session WHERE deadline IS NOT NULL AND deadline <= ? ORDER BY deadline LIMIT ?", in: database)
        statement.bind(horizon.milliseconds)
        statement.bind(limit)
        var deadlines: [Deadline] = []
        while try statement.next() {
            // A damaged time must not overflow in a subtraction.
            let time = Timestamp(milliseconds: max(statement.integer(0), 0))
            deadlines.append(Deadline(time: time, session: statement.sessionID(1)))
        }
        return deadlines
    }

    // MARK: Reading rows

    static func session(_ row: borrowing HotStatement, in database: Database) throws -> Session {
        guard let identifiedBy = Device.IdentifierKind(rawValue: Int(row.integer(9))),
            let form = ApplicationServer.Form(rawValue: Int(row.integer(12))), let server = ApplicationServer(form: form, text: row.text(13)),
            let dialect = Session.Dialect(rawValue: Int(row.integer(20))), let progress = progress(row),
            let profile = try? QoSProfileName(row.text(16)), hasPossibleTimes(row)
        else {
            throw UnreadableRow(session: row.sessionID(0))
        }
        let addresses = NetworkAddresses(ipv4: address(row, 10), ipv6Prefix: row.prefix(11))
        let site = row.optionalText(36).map(SiteName.init(stored:)) ?? .default
        let subject = Session.Subject(
            key: DeviceKey(row.text(2)), site: site, device: device(row), identifiedBy: identifiedBy, addresses: addresses)
        let flow = Flow(
            applicationServer: server, applicationServerPorts: row.optionalText(14).flatMap(PortsSpec.init(text:)),
            devicePorts: row.optionalText(15).flatMap(PortsSpec.init(text:)))
        return Session.stored(
            id: row.sessionID(0), owner: ClientID(row.text(1)), subject: subject, flow: flow, profile: profile,
            notification: NotificationTarget(sink: row.optionalText(17), token: row.optionalText(18), expiresAt: row.optionalInteger(19)),
            dialect: dialect, createdAt: Timestamp(milliseconds: row.integer(21)), duration: Int(row.integer(22)), progress: progress,
            generation: row.integer(31), rank: row.integer(37), placement: row.integer(28) == 0 ? nil : placement(row, at: site),
            formerPlacements: row.integer(35) == 0 ? [] : try PlacementTable.find(row.sessionID(0), in: database),
            networkReason: row.optionalText(30))
    }

    /// Whether all times and the duration are in a range in which no sum overflows.
    private static func hasPossibleTimes(_ row: borrowing HotStatement) -> Bool {
        let times = 0...Timestamp.never.milliseconds * 2
        guard times.contains(row.integer(21)), times.contains(row.integer(26)) else { return false }
        for column in [19, 25, 27] as [Int32] {
            if let time = row.optionalInteger(column), !times.contains(time) { return false }
        }
        return (0...Int64(Int32.max)).contains(row.integer(22))
    }

    private static func placement(_ row: borrowing HotStatement, at site: SiteName) -> Placement {
        Placement(
            site: site, generation: row.integer(32), handle: row.optionalText(34).map(NetworkHandle.init),
            status: Placement.Status(rawValue: Int(row.integer(33))) ?? .unknown)
    }

    private static func address(_ row: borrowing HotStatement, _ column: Int32) -> IPv4Address? {
        row.optionalInteger(column).map { IPv4Address(rawValue: UInt32(truncatingIfNeeded: $0)) }
    }

    private static func device(_ row: borrowing HotStatement) -> Device? {
        let privateAddress = address(row, 6)
        let publicPort = row.optionalInteger(7).map { UInt16(truncatingIfNeeded: $0) }
        let ipv4 = address(row, 5).flatMap {
            try? DeviceIPv4Address(publicAddress: $0, privateAddress: privateAddress, publicPort: publicPort)
        }
        return try? Device(
            phoneNumber: row.optionalText(3).flatMap { try? PhoneNumber($0) },
            networkAccessIdentifier: row.optionalText(4).flatMap { try? NetworkAccessIdentifier($0) },
            ipv4Address: ipv4, ipv6Address: row.optionalText(8).flatMap { try? DeviceIPv6Address($0) })
    }

    private static func progress(_ row: borrowing HotStatement) -> Session.Progress? {
        let endsAt = Timestamp(milliseconds: row.integer(26))
        let startedAt = row.optionalInteger(25).map(Timestamp.init(milliseconds:))
        switch (QoSStatus(number: Int(row.integer(23))), startedAt) {
        case (.requested, _): return .requested(giveUpAt: endsAt)
        case (.available, let startedAt?): return .available(startedAt: startedAt, expiresAt: endsAt)
        case (.unavailable, _):
            guard let info = row.optionalInteger(24).flatMap({ StatusInfo(number: Int($0)) }) else { return nil }
            return .unavailable(
                info, startedAt: startedAt, endedAt: endsAt, readableUntil: row.optionalInteger(27).map(Timestamp.init(milliseconds:)))
        default: return nil
        }
    }
}

extension HotStatement {
    /// Binds the values that change during a session's life, from `duration` to `former`.
    fileprivate mutating func bindProgress(of session: Session) {
        bindStatus(of: session)
        bind(session.generation)
        bindApplied(of: session)
        bindHandle(of: session)
    }

    fileprivate mutating func bindStatus(of session: Session) {
        let endsAt: Timestamp
        var readableUntil: Timestamp?
        switch session.progress {
        case .requested(let giveUpAt): endsAt = giveUpAt
        case .available(_, let expiresAt): endsAt = expiresAt
        case .unavailable(_, _, let endedAt, let until): (endsAt, readableUntil) = (endedAt, until)
        }
        bind(session.duration)
        bind(session.status.number)
        bind(session.statusInfo.map { Int64($0.number) })
        bind(session.startedAt?.milliseconds)
        bind(endsAt.milliseconds)
        bind(readableUntil?.milliseconds)
        bind(session.placement == nil ? 0 : 1)
        bind(session.deadline?.milliseconds)
        bind(session.networkReason)
    }

    fileprivate mutating func bindApplied(of session: Session) {
        bind(session.placement?.generation ?? 0)
        bind(session.placement?.status.rawValue ?? 0)
    }

    fileprivate mutating func bindHandle(of session: Session) {
        bind(session.placement?.handle?.description)
        bind(session.formerPlacements.count)
    }

    /// Binds the IPv4 address, then the IPv6 address. If that is a prefix, the prefix's length follows as a byte.
    fileprivate mutating func bind(_ addresses: NetworkAddresses) {
        bind(addresses.ipv4.map { Int64($0.rawValue) })
        guard let ipv6 = addresses.ipv6 else { return bind(nil as Int64?) }
        if addresses.ipv6PrefixLength == 128 {
            bind(high: ipv6.high, low: ipv6.low)
        } else {
            bind(high: ipv6.high, low: ipv6.low, followedBy: UInt8(addresses.ipv6PrefixLength))
        }
    }

    /// Binds the sink, the token, and the token's expiry. A value without expiry is not a token: it has a client id
    /// and, on the next line, the address of the token endpoint.
    mutating func bind(_ target: NotificationTarget?) {
        bind(target?.sink)
        switch target?.credential {
        case .accessToken(let token, let expiresAt):
            bind(token)
            bind(expiresAt.milliseconds)
        case .privateKeyJWT(let clientID, let tokenURI):
            bind("\(clientID)\n\(tokenURI)")
            bind(nil as Int64?)
        case nil:
            bind(nil as String?)
            bind(nil as Int64?)
        }
    }
}

extension NotificationTarget {
    init?(sink: String?, token: String?, expiresAt: Int64?) {
        guard let sink else { return nil }
        var credential: SinkCredential?
        if let token, let expiresAt {
            credential = .accessToken(token, expiresAt: Timestamp(milliseconds: expiresAt))
        } else if let lines = token?.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false), lines.count == 2 {
            credential = .privateKeyJWT(clientID: String(lines[0]), tokenURI: String(lines[1]))
        }
        self.init(sink: sink, credential: credential)
    }
}
