import QualityOnDemand
import SessionEngine

/// Finds the sessions whose classes have never seen a packet although their devices send: the traffic that they are for has other
/// addresses or ports, or goes another way.
///
/// Devices of silent sessions are counted by the packet filter from one look to the next. Sessions that have had a packet once are
/// not looked at again.
struct SilentSessions: Sendable {
    /// A session, and what of its device is counted.
    struct Subject: Hashable, Sendable {
        let session: SessionID
        let classID: ClassID
        let devices: Set<IPSubnet>
        let earlier: EarlierTraffic

        /// - Returns: `nil` for a session that may rightly have nothing: newer ones have its traffic, or it is for what no other has.
        init?(_ service: Service) {
            guard !service.isPartial, !service.matches.isEmpty, !service.matches.contains(where: \.isFallback) else { return nil }
            (session, classID, earlier) = (service.session, service.classID, service.earlier)
            devices = Set(service.matches.map(\.device))
        }
    }

    /// So many packets a device must have sent from one look to the next: fewer may be of anything.
    static let leastPackets = 20
    /// So many devices are counted at once; others have their turn as soon as these are settled.
    static let mostDevices = 1_024

    /// Those of which nothing more is to be found out.
    private var settled: Set<SessionID> = []
    /// The devices that were counted since the last look.
    private(set) var counted: Set<IPSubnet> = []

    /// Whether there is nothing to be found out of any of these.
    func areSettled(_ subjects: [Subject]) -> Bool { counted.isEmpty && subjects.allSatisfy { settled.contains($0.session) } }

    /// Nothing is known of what is counted.
    mutating func forgetCounted() { counted = [] }

    /// - Parameters:
    ///   - sent: how many packets each counted device has sent since the last look; read before `counts`.
    ///   - counts: what classes have sent in both directions together.
    /// - Returns: the sessions to be told of, and the devices to be counted until the next look.
    mutating func look(
        _ subjects: [Subject], sent: [IPSubnet: Int], counts: [Direction: [ClassID: TrafficCount]]
    ) -> (silent: [Subject], devices: Set<IPSubnet>) {
        settled.formIntersection(subjects.lazy.map(\.session))
        var (silent, devices): ([Subject], Set<IPSubnet>) = ([], [])
        for subject in subjects where !settled.contains(subject.session) {
            // A class that is not there was made or taken away just now.
            let packets = Direction.allCases.map { direction in
                counts[direction]?[subject.classID].map { $0.since(subject.earlier[direction]).packets }
            }
            guard packets.allSatisfy({ $0 != nil }) else { continue }
            guard packets.allSatisfy({ $0 == 0 }) else {
                settled.insert(subject.session)
                continue
            }
            let isSending = subject.devices.contains { counted.contains($0) && sent[$0, default: 0] >= Self.leastPackets }
            if isSending {
                settled.insert(subject.session)
                silent.append(subject)
            } else if devices.count < Self.mostDevices {
                devices.formUnion(subject.devices)
            }
        }
        counted = devices
        return (silent, devices)
    }
}
