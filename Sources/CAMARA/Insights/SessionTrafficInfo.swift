public import QualityOnDemand

/// The actual traffic of a session's flow beside the promised rates. This platform's
/// `/insights/v1/sessions/{sessionId}` answers with it.
public struct SessionTrafficInfo: Hashable, Sendable {
    public var sessionID: String
    public var qosStatus: QoSStatus
    /// Why the network refused or ended the session, or serves only one IP version of its service, for people; absent if no reason is
    /// known.
    public var reason: String?
    public var qosProfile: String
    /// Towards the device.
    public var downlink: Direction
    /// From the device.
    public var uplink: Direction
    /// The time of the measurement; absent if the network counts nothing, as in the simulated network.
    public var measuredAt: Timestamp?

    /// Rates are in bits per second. Counts begin when the network programs the session's flow.
    public struct Direction: Hashable, Sendable {
        /// The profile's target minimum.
        public var targetMinRate: Int?
        /// The profile's maximum.
        public var maxRate: Int?
        /// The rate over the last seconds.
        public var currentRate: Int?
        /// The bytes of IP packets. The rates count the same bytes.
        public var bytes: Int?
        public var packets: Int?
        /// The packets that were dropped because there was no room.
        public var droppedPackets: Int?

        public init(targetMinRate: Int?, maxRate: Int?, currentRate: Int?, bytes: Int?, packets: Int?, droppedPackets: Int?) {
            self.targetMinRate = targetMinRate
            self.maxRate = maxRate
            self.currentRate = currentRate
            self.bytes = bytes
            self.packets = packets
            self.droppedPackets = droppedPackets
        }
    }

    public init(
        sessionID: String, qosStatus: QoSStatus, reason: String? = nil, qosProfile: String, downlink: Direction,
        uplink: Direction, measuredAt: Timestamp?
    ) {
        self.sessionID = sessionID
        self.qosStatus = qosStatus
        self.reason = reason
        self.qosProfile = qosProfile
        self.downlink = downlink
        self.uplink = uplink
        self.measuredAt = measuredAt
    }

    public init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        sessionID = try object.required("sessionId") { node throws(InvalidValue) in try node.string(upTo: 256) }
        qosStatus = try object.required("qosStatus") { node throws(InvalidValue) in try node.choice(of: QoSStatus.self) }
        reason = try object.optionalString("reason", upTo: 1024)
        qosProfile = try object.required("qosProfile") { node throws(InvalidValue) in try node.string(upTo: 256) }
        downlink = try object.required("downlink", Direction.init)
        uplink = try object.required("uplink", Direction.init)
        measuredAt = try object.optional("measuredAt", Timestamp.init)
        try object.finish()
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.write("sessionId", sessionID)
            json.write("qosStatus", qosStatus.rawValue)
            json.write("reason", reason)
            json.write("qosProfile", qosProfile)
            json.write("downlink", downlink) { $1.write(to: &$0) }
            json.write("uplink", uplink) { $1.write(to: &$0) }
            json.write("measuredAt", measuredAt)
        }
    }
}

extension SessionTrafficInfo.Direction {
    fileprivate init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        targetMinRate = try object.optionalInteger("targetMinRate", in: 0...Int.max)
        maxRate = try object.optionalInteger("maxRate", in: 0...Int.max)
        currentRate = try object.optionalInteger("currentRate", in: 0...Int.max)
        bytes = try object.optionalInteger("bytes", in: 0...Int.max)
        packets = try object.optionalInteger("packets", in: 0...Int.max)
        droppedPackets = try object.optionalInteger("droppedPackets", in: 0...Int.max)
        try object.finish()
    }

    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.write("targetMinRate", targetMinRate)
            json.write("maxRate", maxRate)
            json.write("currentRate", currentRate)
            json.write("bytes", bytes)
            json.write("packets", packets)
            json.write("droppedPackets", droppedPackets)
        }
    }
}
