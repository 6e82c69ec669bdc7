public import QualityOnDemand

/// A network that can be programmed.
///
/// The contract that every driver must keep, and that `NetworkDriverConformance` tests:
///
/// - Every call may be repeated with the same arguments and then changes nothing. The engine repeats calls with an
///   unknown outcome.
/// - A programmed flow stays programmed until it is released, also while other flows are programmed. If flows of one
///   device overlap, the newest session gets the shared traffic, by the order of the ids. After its release, the
///   older session gets that traffic again. A grant with ``Grant/yields`` gets only traffic that no other flow of the
///   device has.
/// - A session may be programmed again with other addresses; the network then releases the former addresses.
/// - ``held()`` returns the sessions that the network really has and that are provably this platform's. Sessions of
///   an earlier process are included.
/// - A call that throws may have done some of its work; the engine calls again.
/// - The engine cancels and gives up a call that does not return in time (``EngineConfiguration/networkTimeout``). If
///   such a call has not begun its work by then, it must not begin: the engine may have made a different call
///   meanwhile.
public protocol NetworkDriver: Sendable {
    /// The name of the network in logs and metrics.
    var name: String { get }

    /// Programs flows.
    ///
    /// - Returns: an answer for each grant, in the same order.
    func program(_ grants: [Grant]) async throws(NetworkError) -> [GrantAnswer]

    /// Releases flows. Sessions that the network does not have are no error.
    func release(_ sessions: [SessionID]) async throws(NetworkError)

    /// The sessions that have a flow or something else in the network.
    func held() async throws(NetworkError) -> [SessionID]

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
}

/// A request to the network to program one session.
public struct Grant: Hashable, Sendable {
    public let session: SessionID
    /// The device's addresses in the network.
    public let addresses: NetworkAddresses
    public let flow: Flow
    public let profile: QoSProfile
    /// Whether the grant gets only the traffic that no other grant of the device gets.
    public let yields: Bool

    public init(session: SessionID, addresses: NetworkAddresses, flow: Flow, profile: QoSProfile, yields: Bool = false) {
        self.session = session
        self.addresses = addresses
        self.flow = flow
        self.profile = profile
        self.yields = yields
    }
}

/// The network's answer to a grant.
public enum GrantAnswer: Hashable, Sendable {
    /// The flow is programmed.
    case ready
    /// The network has accepted the grant and reports later.
    case pending
    /// The network does not program the flow.
    case refused(String)
}

/// A report that the network sends without being asked.
public enum NetworkReport: Hashable, Sendable {
    /// A pending flow is programmed now.
    case ready(SessionID)
    /// The network has released a flow, or does not program a pending one; with the reason for people, if the reason
    /// is known.
    case ended(SessionID, reason: String? = nil)
    /// A session that the network held may be gone or changed; with the reason for this report. The engine compares
    /// everything now, and is not ready until the comparison is done.
    case disturbed(String)
}

/// The network could not be reached, or did not do the request. The engine retries.
public struct NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    /// Whether no answer came in time. The outcome of the call is then unknown.
    public let isTimeout: Bool

    public init(_ description: String, isTimeout: Bool = false) {
        self.description = description
        self.isTimeout = isTimeout
    }
}
