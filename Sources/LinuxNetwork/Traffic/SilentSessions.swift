import QualityOnDemand
import Southbound

/// Finds the sessions whose classes have never had a packet although their devices send. The device's traffic has
/// other addresses or ports than the session, or goes another way.
///
/// The packet filter counts the devices of silent sessions from one check to the next. A session that has had a
/// packet is not checked again.
struct SilentSessions: Sendable {
    /// A session, and the devices that are counted for it.
    struct Subject: Hashable, Sendable {
        let session: SessionID
        let classID: ClassID
        let devices: Set<IPSubnet>
        let earlier: EarlierTraffic

        /// - Returns: `nil` for a session that may have no packets for a good reason: newer sessions have its
        ///   traffic, or it is a fallback for all other traffic.
        init?(_ service: Service) {
            guard !service.isPartial, !service.matches.isEmpty, !service.matches.contains(where: \.isFallback) else { return nil }
            (session, classID, earlier) = (service.session, service.classID, service.earlier)
            devices = Set(service.matches.map(\.device))
        }
    }

    /// The packets that a device must have sent from one check to the next: fewer packets prove nothing.
    static let leastPackets = 20
    /// The limit of devices that are counted at once; other devices follow as soon as these are settled.
    static let mostDevices = 1_024

    /// The sessions that need no further check.
    private var settled: Set<SessionID> = []
    /// The devices that were counted since the last check.
    private(set) var counted: Set<IPSubnet> = []

    /// Whether none of these sessions needs a further check.
    func areSettled(_ subjects: [Subject]) -> Bool { counted.isEmpty && subjects.allSatisfy { settled.contains($0.session) } }

    /// Forgets the counted devices, after their counts were lost.
    mutating func forgetCounted() { counted = [] }

    /// - Parameters:
    ///   - sent: how many packets each counted device has sent since the last check; read before `counts`.
    ///   - counts: the traffic of the classes, for both directions.
    /// - Returns: the sessions to be reported, and the devices to be counted until the next check.
    mutating func look(
        _ subjects: [Subject], sent: [IPSubnet: Int], counts: [Direction: [ClassID: TrafficCount]]
    ) -> (silent: [Subject], devices: Set<IPSubnet>) {
        settled.formIntersection(subjects.lazy.map(\.session))
        var (silent, devices): ([Subject], Set<IPSubnet>) = ([], [])
        for subject in subjects where !settled.contains(subject.session) {
            // A missing class was made or deleted just now.
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
