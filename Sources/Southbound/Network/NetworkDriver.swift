public import QualityOnDemand

/// A network that can be programmed.
///
/// The contract that every driver must keep, and that `NetworkDriverConformance` tests:
///
/// - Every order may be repeated and then changes nothing. The engine repeats orders with an unknown outcome.
/// - A programmed flow stays programmed until it is released, also while other flows are programmed. If flows of one
///   device overlap, the session with the highest rank gets the shared traffic. After its release, the next session
///   gets that traffic again. A grant with ``Grant/yields`` gets only traffic that no other flow of the device has.
/// - A session may be programmed again with other addresses; the network then releases the former addresses.
/// - Orders of one session have generations that grow. An order that is older than the generation that the network
///   holds changes nothing.
/// - ``inventory(after:limit:)`` lists the sessions that the network really has and that are provably this platform's.
///   Sessions of an earlier process are included.
/// - The engine cancels and gives up a call that does not return in time. If such a call has not begun its work by
///   then, it must not begin: the engine may have made a different call meanwhile.
public protocol NetworkDriver: Sendable {
    /// The name of the kind of network in logs and metrics, such as `linux`.
    var name: String { get }

    /// Obeys orders, each on its own: the failure of one order fails no other order.
    ///
    /// - Returns: a result for each order, in the same order.
    func apply(_ orders: [Order]) async -> [Result<Answer, NetworkError>]

    /// The sessions that have a flow or something else in the network, in the order of their ids, in pages.
    ///
    /// - Parameter id: the page begins after this session; `nil` for the first page.
    /// - Returns: at most `limit` sessions, and fewer only at the end of the list; `nil` if the network cannot list.
    ///   The stored placements are the truth then.
    func inventory(after id: SessionID?, limit: Int) async throws(NetworkError) -> [Held]?

    /// The traffic of a session's flow so far.
    ///
    /// - Returns: `nil` if the network does not have the session, or counts nothing.
    func traffic(of session: SessionID) async throws(NetworkError) -> SessionTraffic?

    /// Works until cancelled, and hands over the network's own reports.
    ///
    /// - Parameter report: returns after the engine has taken the reports, so that a flood of reports waits.
    func run(report: @escaping @Sendable ([NetworkReport]) async -> Void) async throws
}

extension NetworkDriver {
    /// For networks that count nothing.
    public func traffic(of session: SessionID) async throws(NetworkError) -> SessionTraffic? { nil }

    /// For networks that report nothing: waits until cancelled.
    public func run(report: @escaping @Sendable ([NetworkReport]) async -> Void) async throws {
        let (silence, continuation) = AsyncStream.makeStream(of: Never.self)
        for await _ in silence {}
        withExtendedLifetime(continuation) {}
        try Task.checkCancellation()
    }
}

/// An answer of a network to an order.
public enum Answer: Hashable, Sendable {
    /// The flow is programmed. The handle is the network's own name for the flow, if it has one.
    case ready(NetworkHandle? = nil)
    /// The network has accepted the grant and reports later.
    case pending(NetworkHandle? = nil)
    /// The network holds nothing for the session any more, up to the generation of the order.
    case released
    /// The network holds a newer generation, and the order changed nothing.
    case outdated
}

/// A session that a network holds.
public struct Held: Hashable, Sendable {
    public let session: SessionID
    /// The generation of the order that the network obeyed last.
    public let generation: Int64
    /// The ``Order/fingerprint`` of that order. 0, or another value, if the network's state may differ from the order:
    /// the engine then repeats the order.
    public let fingerprint: UInt64
    public let handle: NetworkHandle?

    public init(session: SessionID, generation: Int64, fingerprint: UInt64, handle: NetworkHandle? = nil) {
        self.session = session
        self.generation = generation
        self.fingerprint = fingerprint
        self.handle = handle
    }
}

/// A report that a network sends without being asked.
public enum NetworkReport: Hashable, Sendable {
    /// A session, by the name that the reporting network uses for it.
    public enum Subject: Hashable, Sendable {
        case session(SessionID)
        case handle(NetworkHandle)
    }

    /// A pending flow is programmed now.
    ///
    /// - Parameter generation: of the order that the network obeyed; `nil` if the network does not know. A report about
    ///   an older generation changes nothing.
    case ready(Subject, generation: Int64? = nil)
    /// The network has released a flow, or does not program a pending one; with the reason for people, if the reason
    /// is known.
    case ended(Subject, generation: Int64? = nil, reason: String? = nil)
    /// A session that the network held may be gone or changed; with the reason for this report. The engine compares
    /// everything now, and the site is not ready until the comparison is done.
    case disturbed(String)

    public static func ready(_ session: SessionID, generation: Int64? = nil) -> NetworkReport {
        .ready(.session(session), generation: generation)
    }

    public static func ended(_ session: SessionID, generation: Int64? = nil, reason: String? = nil) -> NetworkReport {
        .ended(.session(session), generation: generation, reason: reason)
    }
}
