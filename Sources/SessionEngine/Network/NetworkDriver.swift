public import QualityOnDemand

/// A network that can be programmed.
///
/// The contract that every driver must keep, and that `NetworkDriverConformance` tests:
///
/// - Every call may be repeated with the same thing and then changes nothing: the engine repeats what it is not sure of.
/// - What was programmed is served until it is released, whatever else is programmed. Where flows of one device overlap,
///   the traffic that they share is the newest session's, by the order of the ids; when that is released it is the older
///   one's again. A grant that ``Grant/yields`` has only what no other flow of the device has.
/// - A session may be programmed again with other addresses; those before are let go of.
/// - ``held()`` tells what the network really has and is provably this platform's, also what an earlier process left behind.
/// - A call that throws may have done some of its work; the engine will call again.
/// - A call that does not return in time (``EngineConfiguration/networkTimeout``) is cancelled and given up. One that has not begun its
///   work by then must not begin it: the engine may have asked for something else meanwhile.
public protocol NetworkDriver: Sendable {
    /// What the network is called in logs and metrics.
    var name: String { get }

    /// Serves flows.
    ///
    /// - Returns: an answer for each grant, in the same order.
    func program(_ grants: [Grant]) async throws(NetworkError) -> [GrantAnswer]

    /// Lets go of flows. Sessions that the network does not have are no error.
    func release(_ sessions: [SessionID]) async throws(NetworkError)

    /// The sessions that the network has something for.
    func held() async throws(NetworkError) -> [SessionID]

    /// What a session's flow got so far.
    ///
    /// - Returns: `nil` where the network does not have the session, or counts nothing.
    func traffic(of session: SessionID) async throws(NetworkError) -> SessionTraffic?

    /// Works until cancelled, handing over what the network tells of its own accord.
    ///
    /// - Parameter report: returns when the news was taken, so that a flood of it waits.
    func run(report: @escaping @Sendable ([NetworkReport]) async -> Void) async throws
}

extension NetworkDriver {
    /// For networks that count nothing.
    public func traffic(of session: SessionID) async throws(NetworkError) -> SessionTraffic? { nil }
}

/// What the network shall do for one session.
public struct Grant: Hashable, Sendable {
    public let session: SessionID
    /// The device's addresses in the network.
    public let addresses: NetworkAddresses
    public let flow: Flow
    public let profile: QoSProfile
    /// Whether it is for what no other grant of the device is for.
    public let yields: Bool

    public init(session: SessionID, addresses: NetworkAddresses, flow: Flow, profile: QoSProfile, yields: Bool = false) {
        self.session = session
        self.addresses = addresses
        self.flow = flow
        self.profile = profile
        self.yields = yields
    }
}

extension Grant {
    /// What a stored session wants of the network; with a profile that is no longer offered, nothing in particular.
    public init(_ session: Session, profiles: ProfileCatalogue) {
        let profile = profiles[session.profile] ?? QoSProfile(name: session.profile, status: .deprecated)
        self.init(
            session: session.id, addresses: session.subject.addresses, flow: session.flow, profile: profile, yields: session.isAssignment)
    }
}

/// What the network answers to a grant.
public enum GrantAnswer: Hashable, Sendable {
    /// The flow is served.
    case ready
    /// The network has taken it on and will report.
    case pending
    /// The network will not serve it.
    case refused(String)
}

/// What the network tells of its own accord.
public enum NetworkReport: Hashable, Sendable {
    /// A pending flow is served now.
    case ready(SessionID)
    /// The network has stopped serving a flow, or will not serve a pending one; with the reason for people, where it is known.
    case ended(SessionID, reason: String? = nil)
    /// Something that the network held may be gone or other than it was, with the reason to think so. The engine compares
    /// everything now, and is not ready until that is done.
    case disturbed(String)
}

/// A network that could not be reached or did not do as told; to be tried again.
public struct NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    /// Whether no answer came in time, so that nobody knows what was done.
    public let isTimeout: Bool

    public init(_ description: String, isTimeout: Bool = false) {
        self.description = description
        self.isTimeout = isTimeout
    }
}
