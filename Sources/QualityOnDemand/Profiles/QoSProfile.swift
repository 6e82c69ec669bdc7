/// A network's promise to a flow, under a name (CAMARA qos-profiles, schema QosProfile).
public struct QoSProfile: Hashable, Sendable {
    public var name: QoSProfileName
    public var description: String?
    public var status: Status
    public var countryAvailability: [Country]?
    public var targetMinUpstreamRate: Rate?
    public var maxUpstreamRate: Rate?
    public var maxUpstreamBurstRate: Rate?
    public var targetMinDownstreamRate: Rate?
    public var maxDownstreamRate: Rate?
    public var maxDownstreamBurstRate: Rate?
    public var minDuration: TimeSpan?
    public var maxDuration: TimeSpan?
    /// The priority, 1 to 100. A lower number has priority over a higher one.
    public var priority: Int?
    /// The longest one-way delay between the device and the edge of the operator's network.
    public var packetDelayBudget: TimeSpan?
    /// The widest variation of the round trip, 99th percentile.
    public var jitter: TimeSpan?
    /// The exponent of the packet loss rate, 1 to 10: the network loses at most one packet in ten to this power.
    public var packetErrorLossRate: Int?
    public var l4sQueueType: L4SQueueType?
    public var serviceClass: ServiceClass?

    public init(name: QoSProfileName, description: String? = nil, status: Status = .active) {
        self.name = name
        self.description = description
        self.status = status
    }

    /// Whether new sessions may use a profile.
    public enum Status: String, CaseIterable, Hashable, Sendable {
        case active = "ACTIVE"
        case inactive = "INACTIVE"
        case deprecated = "DEPRECATED"
    }

    /// A country that offers a profile, with networks by their PLMN identifiers. Without a list, the
    /// provider's own country is meant.
    public struct Country: Hashable, Sendable {
        public var countryName: String
        public var networks: [String]?

        public init(countryName: String, networks: [String]? = nil) {
            self.countryName = countryName
            self.networks = networks
        }
    }

    /// The kind of queue for L4S traffic (RFC 9330).
    public enum L4SQueueType: String, CaseIterable, Hashable, Sendable {
        case nonL4S = "non-l4s-queue"
        case l4s = "l4s-queue"
        case mixed = "mixed-queue"
    }

    /// A class of service with its DSCP (RFC 4594 and Microsoft's traffic types).
    public enum ServiceClass: String, CaseIterable, Hashable, Sendable {
        case microsoftVoice = "microsoft_voice"
        case microsoftAudioVideo = "microsoft_audio_video"
        case realTimeInteractive = "real_time_interactive"
        case multimediaStreaming = "multimedia_streaming"
        case broadcastVideo = "broadcast_video"
        case lowLatencyData = "low_latency_data"
        case highThroughputData = "high_throughput_data"
        case lowPriorityData = "low_priority_data"
        case standard

        /// The value of the six DSCP bits in the IP header.
        public var dscp: Int {
            switch self {
            case .microsoftVoice: 56
            case .microsoftAudioVideo: 40
            case .realTimeInteractive: 32
            case .multimediaStreaming: 26
            case .broadcastVideo: 24
            case .lowLatencyData: 18
            case .highThroughputData: 10
            case .lowPriorityData: 8
            case .standard: 0
            }
        }
    }

    /// No session lasts longer than this, in seconds, even if its profile allows more.
    public static let longestSession = 86_400

    /// The durations that a new session may have, in seconds. A minimum above one day leaves only
    /// the duration of one day.
    public var durations: ClosedRange<Int> {
        let longest = min(maxDuration?.wholeSeconds ?? Self.longestSession, Self.longestSession)
        let shortest = minDuration?.wholeSecondsRoundedUp ?? 1
        return min(max(shortest, 1), max(longest, 1))...max(longest, 1)
    }
}

/// The name of a profile: 3 to 256 letters, digits, "_", "." and "-".
public struct QoSProfileName: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// - Throws: ``InvalidValue`` with the text and the allowed form.
    public init(_ text: String) throws(InvalidValue) {
        let fits = (3...256).contains(text.utf8.count) && text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"): true
            default: false
            }
        }
        guard fits else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not a profile name: 3 to 256 letters, digits, \"_\", \".\" and \"-\"")
        }
        description = text
    }
}
