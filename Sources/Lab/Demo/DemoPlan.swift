public import NetworkAsCode
public import QualityOnDemand

/// The plan of the demo: the phases with their lengths, and the QoS profile of the session.
public struct DemoPlan: Hashable, Sendable {
    /// A phase of the demo.
    public enum Phase: Int, CaseIterable, Hashable, Sendable {
        case idle, congested, session, after

        /// The name of the phase for people.
        public var name: String {
            switch self {
            case .idle: "idle cell"
            case .congested: "full, no session"
            case .session: "full, session"
            case .after: "full, deleted"
            }
        }

        /// The name of the phase in the JSON output.
        public var key: String {
            switch self {
            case .idle: "idle"
            case .congested: "congested"
            case .session: "session"
            case .after: "deleted"
            }
        }

        /// The event at the beginning of the phase.
        public var moment: String {
            switch self {
            case .idle: "alone"
            case .congested: "others fill the cell"
            case .session: "session created"
            case .after: "session deleted"
            }
        }
    }

    /// The length of each phase, in seconds.
    var seconds: [Double]
    /// The lab of the demo.
    public let topology: LabTopology

    /// The usual length of each phase, in seconds.
    public static let usualSeconds = [4, 8, 8, 6]
    /// The number of flows in each direction with which each of the other devices fills the cell.
    public static let flows = 8

    /// - Parameter seconds: one length for all phases, or a length for each.
    public init(seconds: [Int], topology: LabTopology) throws(InvalidValue) {
        self.seconds = try Self.lengths(seconds).map(Double.init)
        self.topology = topology
        guard Self.profile(for: topology) != nil else {
            throw InvalidValue("the demo guarantees up to half of the lab's rates, and its smallest profile 4 Mbit/s; make a lab of 8Mbps or more")
        }
    }

    /// The length of each phase. A single length applies to all phases.
    public static func lengths(_ seconds: [Int]) throws(InvalidValue) -> [Int] {
        guard seconds.count == 1 || seconds.count == Phase.allCases.count else {
            throw InvalidValue("\(seconds.count) lengths are given; one for all four phases or four are needed").at("--seconds")
        }
        for length in seconds where !(2...600).contains(length) { throw InvalidValue("\(length) is not in 2...600").at("--seconds") }
        return seconds.count == 1 ? Array(repeating: seconds[0], count: Phase.allCases.count) : seconds
    }

    /// The length of the demo, in seconds.
    public var total: Double { seconds.reduce(0, +) }

    /// The planned beginning of a phase, in seconds since the beginning of the demo.
    func start(of phase: Phase) -> Double { seconds.prefix(phase.rawValue).reduce(0, +) }

    /// The QoS profile of the session: the largest built-in profile that leaves half of the lab's rate to the other
    /// devices.
    public var profile: (name: NetworkAsCode.QoSProfileName, guarantee: Int) { Self.profile(for: topology) ?? (.qosS, 4_000_000) }

    private static func profile(for topology: LabTopology) -> (name: NetworkAsCode.QoSProfileName, guarantee: Int)? {
        let profiles: [(NetworkAsCode.QoSProfileName, Int)] = [(.downlinkLUplinkL, 20_000_000), (.downlinkMUplinkM, 8_000_000), (.downlinkSUplinkS, 4_000_000)]
        return profiles.first { $0.1 <= min(topology.cell, topology.uplink) / 2 }.map { (name: $0.0, guarantee: $0.1) }
    }

    /// The rate that device-1's application sends each way, in bits per second. With headers, the flow uses just the
    /// guaranteed rate.
    public var applicationRate: Int { profile.guarantee / 100 * 95 }
}
