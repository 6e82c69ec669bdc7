import QualityOnDemand

/// A provider's promise under a name. If a property is `nil`, the provider says nothing about it.
public struct QoSProfile: Hashable, Sendable, Identifiable {
    /// The name, for the creation of sessions.
    public var name: QoSProfileName
    /// The purpose of the profile, in the provider's words.
    public var description: String?
    /// Whether new sessions may use the profile.
    public var status: Status
    /// The rate from the device that the network aims at.
    public var targetMinUpstreamRate: DataRate?
    /// The highest rate from the device.
    public var maxUpstreamRate: DataRate?
    /// The highest rate from the device for short bursts.
    public var maxUpstreamBurstRate: DataRate?
    /// The rate towards the device that the network aims at.
    public var targetMinDownstreamRate: DataRate?
    /// The highest rate towards the device.
    public var maxDownstreamRate: DataRate?
    /// The highest rate towards the device for short bursts.
    public var maxDownstreamBurstRate: DataRate?
    /// The shortest duration of a session.
    public var minDuration: Duration?
    /// The longest duration of a session.
    public var maxDuration: Duration?
    /// The priority, 1 to 100. A lower number has priority over a higher one.
    public var priority: Int?
    /// The longest one-way delay between the device and the edge of the operator's network.
    public var packetDelayBudget: Duration?
    /// The widest variation of the round trip, 99th percentile.
    public var jitter: Duration?
    /// The exponent of the packet loss rate, 1 to 10: the network loses at most one packet in ten to this power.
    public var packetErrorLossRate: Int?
    /// The kind of queue for L4S traffic (RFC 9330): `non-l4s-queue`, `l4s-queue` or `mixed-queue`.
    public var l4sQueueType: String?
    /// The class of service, such as `real_time_interactive`.
    public var serviceClass: String?
    /// The countries that offer the profile; `nil` means the provider's own country.
    public var countryAvailability: [Country]?

    /// The name.
    public var id: QoSProfileName { name }

    /// Whether new sessions may use a profile: a constant for each word of the API, and any other word
    /// of a provider unchanged.
    public struct Status: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The word.
        public let rawValue: String

        /// Takes any word.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// New sessions may use the profile.
        public static let active = Status(rawValue: "ACTIVE")
        /// New sessions cannot use the profile at present.
        public static let inactive = Status(rawValue: "INACTIVE")
        /// New sessions can no longer use the profile.
        public static let deprecated = Status(rawValue: "DEPRECATED")

        /// The word.
        public var description: String { rawValue }
    }

    /// A country that offers a profile.
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
