import QualityOnDemand

/// What a provider promises under a name. Of what is `nil` the provider says nothing.
public struct QoSProfile: Hashable, Sendable, Identifiable {
    /// The name that sessions are created with.
    public var name: QoSProfileName
    /// What it is for, in the provider's words.
    public var description: String?
    /// Whether new sessions may have it.
    public var status: Status
    /// The rate from the device that is aimed at.
    public var targetMinUpstreamRate: DataRate?
    /// The highest rate from the device.
    public var maxUpstreamRate: DataRate?
    /// The highest rate from the device for short bursts.
    public var maxUpstreamBurstRate: DataRate?
    /// The rate towards the device that is aimed at.
    public var targetMinDownstreamRate: DataRate?
    /// The highest rate towards the device.
    public var maxDownstreamRate: DataRate?
    /// The highest rate towards the device for short bursts.
    public var maxDownstreamBurstRate: DataRate?
    /// The shortest session.
    public var minDuration: Duration?
    /// The longest session.
    public var maxDuration: Duration?
    /// 1 to 100; the lower, the sooner served.
    public var priority: Int?
    /// The longest one-way delay between the device and the edge of the operator's network.
    public var packetDelayBudget: Duration?
    /// The widest variation of the round trip, 99th percentile.
    public var jitter: Duration?
    /// 1 to 10: at most one packet in ten to this power is lost.
    public var packetErrorLossRate: Int?
    /// The kind of queue for L4S traffic (RFC 9330): `non-l4s-queue`, `l4s-queue` or `mixed-queue`.
    public var l4sQueueType: String?
    /// The class of service, such as `real_time_interactive`.
    public var serviceClass: String?
    /// Where it is offered; `nil` means in the provider's own country.
    public var countryAvailability: [Country]?

    /// The name.
    public var id: QoSProfileName { name }

    /// Whether new sessions may have a profile: a word of the API as a constant, any other word of a provider as it came.
    public struct Status: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The word.
        public let rawValue: String

        /// Takes any word.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// They may.
        public static let active = Status(rawValue: "ACTIVE")
        /// Not now.
        public static let inactive = Status(rawValue: "INACTIVE")
        /// No more.
        public static let deprecated = Status(rawValue: "DEPRECATED")

        /// The word.
        public var description: String { rawValue }
    }

    /// A country where a profile is offered.
    public struct Country: Hashable, Sendable {
        /// Two letters (ISO 3166-1).
        public var countryName: String
        /// The networks by their PLMN identifiers; `nil` means all.
        public var networks: [String]?
    }
}

extension QoSProfile {
    init(_ profile: QualityOnDemand.QoSProfile) {
        name = QoSProfileName(rawValue: profile.name.description)
        description = profile.description
        status = Status(rawValue: profile.status.rawValue)
        targetMinUpstreamRate = profile.targetMinUpstreamRate.map { DataRate($0) }
        maxUpstreamRate = profile.maxUpstreamRate.map { DataRate($0) }
        maxUpstreamBurstRate = profile.maxUpstreamBurstRate.map { DataRate($0) }
        targetMinDownstreamRate = profile.targetMinDownstreamRate.map { DataRate($0) }
        maxDownstreamRate = profile.maxDownstreamRate.map { DataRate($0) }
        maxDownstreamBurstRate = profile.maxDownstreamBurstRate.map { DataRate($0) }
        minDuration = profile.minDuration?.duration
        maxDuration = profile.maxDuration?.duration
        priority = profile.priority
        packetDelayBudget = profile.packetDelayBudget?.duration
        jitter = profile.jitter?.duration
        packetErrorLossRate = profile.packetErrorLossRate
        l4sQueueType = profile.l4sQueueType?.rawValue
        serviceClass = profile.serviceClass?.rawValue
        countryAvailability = profile.countryAvailability?.map { Country(countryName: $0.countryName, networks: $0.networks) }
    }
}
