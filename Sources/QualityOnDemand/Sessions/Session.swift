/// A Quality-on-Demand session: who asked for what, for which flow of which device, and how far it has come.
///
/// What was asked never changes; what has come of it changes only through the events in `Session+LifeCycle.swift`.
/// An assignment of a profile to a device is a session too, see `Session+Assignment.swift`.
public struct Session: Hashable, Sendable, Identifiable {
    private var terms: Terms

    public var id: SessionID { terms.id }
    /// The client that created it and alone may see, extend and delete it.
    public var owner: ClientID { terms.owner }
    /// The device; its addresses may change while the session lives.
    public internal(set) var subject: Subject {
        get { terms.subject }
        set { terms = terms.with(newValue) }
    }
    public var flow: Flow { terms.flow }
    public var profile: QoSProfileName { terms.profile }
    /// Where events go, if anywhere.
    public var notification: NotificationTarget? { terms.notification }
    public var dialect: Dialect { terms.dialect }
    public var createdAt: Timestamp { terms.createdAt }

    /// The duration in seconds: as asked while requested, in all while available, as it was once it is over.
    public internal(set) var duration: Int
    public internal(set) var progress: Progress
    /// Whether the network may hold something for it. Set before the network is called, cleared after it let go.
    public internal(set) var inNetwork: Bool
    /// Why the network refused it or ended it, for people; `nil` where the network gave no reason or did neither.
    /// ``maximumReasonLength`` characters at most.
    public internal(set) var networkReason: String?

    /// The longest ``networkReason``, in characters; the rest is cut off.
    public static let maximumReasonLength = 256

    /// The device, as the request named it and as the directory found it.
    public struct Subject: Hashable, Sendable {
        public let key: DeviceKey
        /// As the request named it; `nil` where the access token did.
        public let device: Device?
        /// The identifier by which the directory found it.
        public let identifiedBy: Device.IdentifierKind
        /// The addresses in the network's own address space.
        public let addresses: NetworkAddresses

        public init(key: DeviceKey, device: Device?, identifiedBy: Device.IdentifierKind, addresses: NetworkAddresses) {
            self.key = key
            self.device = device
            self.identifiedBy = identifiedBy
            self.addresses = addresses
        }
    }

    /// The API in whose words the session was created.
    public enum Dialect: Int, Hashable, Sendable {
        /// `/qod/v0`, the older dialect.
        case v0 = 0
        /// `/quality-on-demand/v1`.
        case v1 = 1
        /// `/qos-provisioning/v0.4`: an assignment, for all traffic of the device and without an end.
        case provisioning = 2
    }

    /// How far a session has come.
    public enum Progress: Hashable, Sendable {
        /// The network has been or will be asked; it is given up at that time.
        case requested(giveUpAt: Timestamp)
        /// The network serves the flow.
        case available(startedAt: Timestamp, expiresAt: Timestamp)
        /// It is over. Readable until `readableUntil`; gone for clients at once where that is `nil`.
        case unavailable(StatusInfo, startedAt: Timestamp?, endedAt: Timestamp, readableUntil: Timestamp?)
    }

    init(
        id: SessionID, owner: ClientID, subject: Subject, flow: Flow, profile: QoSProfileName, notification: NotificationTarget?,
        dialect: Dialect, createdAt: Timestamp, duration: Int, progress: Progress, inNetwork: Bool, networkReason: String? = nil
    ) {
        self.terms = Terms(
            id: id, owner: owner, subject: subject, flow: flow, profile: profile, notification: notification, dialect: dialect,
            createdAt: createdAt)
        self.duration = duration
        self.progress = progress
        self.inNetwork = inNetwork
        self.networkReason = networkReason
    }
}

/// A device's addresses in the network's own address space; none while it is not connected.
public struct NetworkAddresses: Hashable, Sendable {
    public let ipv4: IPv4Address?
    public let ipv6: IPv6Address?

    public init(ipv4: IPv4Address?, ipv6: IPv6Address?) {
        self.ipv4 = ipv4
        self.ipv6 = ipv6
    }
}

/// The status of a session (CAMARA, schema QosStatus).
public enum QoSStatus: String, CaseIterable, Hashable, Sendable {
    case requested = "REQUESTED"
    case available = "AVAILABLE"
    case unavailable = "UNAVAILABLE"
}

/// Why a session is unavailable (CAMARA, schema StatusInfo).
public enum StatusInfo: String, CaseIterable, Hashable, Sendable {
    case durationExpired = "DURATION_EXPIRED"
    case networkTerminated = "NETWORK_TERMINATED"
    case deleteRequested = "DELETE_REQUESTED"
}

/// Where and with what credential events of a session are delivered.
public struct NotificationTarget: Hashable, Sendable {
    /// An `https` address; `http` where the operator allows it.
    public let sink: String
    public let credential: SinkCredential?

    public init(sink: String, credential: SinkCredential? = nil) {
        self.sink = sink
        self.credential = credential
    }
}

/// What a sink wants to see before it takes an event (CAMARA, schema SinkCredential).
public enum SinkCredential: Hashable, Sendable {
    /// A bearer token, good until that time.
    case accessToken(String, expiresAt: Timestamp)
    /// The platform gets tokens itself, from that address as that client, signing with its own key.
    case privateKeyJWT(clientID: String, tokenURI: String)
}

extension SinkCredential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Without the secret, so that it is in no log line by accident.
    public var description: String {
        switch self {
        case .accessToken(_, let expiresAt): "access token, redacted, expires \(expiresAt)"
        case .privateKeyJWT(let clientID, _): "private key JWT of \(clientID)"
        }
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["credential": description]) }
}
