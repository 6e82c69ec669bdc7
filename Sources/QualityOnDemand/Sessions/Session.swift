/// A Quality-on-Demand session: a client's request for a flow of a device, and its progress.
///
/// The request never changes. The progress changes only through the events in `Session+LifeCycle.swift`.
/// An assignment of a profile to a device is a session too, see `Session+Assignment.swift`.
public struct Session: Hashable, Sendable, Identifiable {
    private var terms: Terms

    public var id: SessionID { terms.id }
    /// The client that created the session. Only this client may read, extend and delete it.
    public var owner: ClientID { terms.owner }
    /// The device; its addresses may change while the session lives.
    public internal(set) var subject: Subject {
        get { terms.subject }
        set { terms = terms.with(newValue) }
    }
    public var flow: Flow { terms.flow }
    public var profile: QoSProfileName { terms.profile }
    /// The receiver of events, if there is one.
    public var notification: NotificationTarget? { terms.notification }
    public var dialect: Dialect { terms.dialect }
    public var createdAt: Timestamp { terms.createdAt }

    /// The duration in seconds. Requested: as the client asked. Available: in total. Unavailable: the actual duration.
    public internal(set) var duration: Int
    public internal(set) var progress: Progress
    /// The number of the wanted state: it grows each time when the device has other addresses or another site.
    public internal(set) var generation: Int64 = 1
    /// Decides between overlapping sessions of one device: a higher rank has priority. The store assigns the rank in the
    /// order of creation.
    public internal(set) var rank: Int64 = 0
    /// What the network of the session's site holds; `nil` after the release.
    public internal(set) var placement: Placement?
    /// What the networks of sites that the device has left still hold.
    public internal(set) var formerPlacements: [Placement] = []
    /// Why the network refused or ended the session, for people; `nil` if the network gave no reason or did neither.
    /// ``maximumReasonLength`` characters at most.
    public internal(set) var networkReason: String?

    /// The longest ``networkReason``, in characters; the rest is cut off.
    public static let maximumReasonLength = 256

    /// The device, as the request named it and as the directory found it.
    public struct Subject: Hashable, Sendable {
        public let key: DeviceKey
        /// The site whose directory found the device.
        public let site: SiteName
        /// The device as the request named it; `nil` if the access token named the device.
        public let device: Device?
        /// The identifier by which the directory found the device.
        public let identifiedBy: Device.IdentifierKind
        /// The addresses in the network's own address space.
        public let addresses: NetworkAddresses

        public init(
            key: DeviceKey, site: SiteName = .default, device: Device?, identifiedBy: Device.IdentifierKind, addresses: NetworkAddresses
        ) {
            self.key = key
            self.site = site
            self.device = device
            self.identifiedBy = identifiedBy
            self.addresses = addresses
        }
    }

    /// The API with which the session was created.
    public enum Dialect: Int, Hashable, Sendable {
        /// `/qod/v0`, the older dialect.
        case v0 = 0
        /// `/quality-on-demand/v1`.
        case v1 = 1
        /// `/qos-provisioning/v0.4`: an assignment, for all traffic of the device and without an end.
        case provisioning = 2
    }

    /// The progress of a session.
    public enum Progress: Hashable, Sendable {
        /// The network has received the request or will receive it. The request is given up at `giveUpAt`.
        case requested(giveUpAt: Timestamp)
        /// The network has programmed the flow.
        case available(startedAt: Timestamp, expiresAt: Timestamp)
        /// The session has ended. Clients can read it until `readableUntil`; if this is `nil`,
        /// they can no longer read it.
        case unavailable(StatusInfo, startedAt: Timestamp?, endedAt: Timestamp, readableUntil: Timestamp?)
    }

    init(
        id: SessionID, owner: ClientID, subject: Subject, flow: Flow, profile: QoSProfileName, notification: NotificationTarget?,
        dialect: Dialect, createdAt: Timestamp, duration: Int, progress: Progress, placement: Placement?, networkReason: String? = nil
    ) {
        self.terms = Terms(
            id: id, owner: owner, subject: subject, flow: flow, profile: profile, notification: notification, dialect: dialect,
            createdAt: createdAt)
        self.duration = duration
        self.progress = progress
        self.placement = placement
        self.networkReason = networkReason
    }
}

extension Session {
    /// The rank is not compared: the store assigns it once, and it never changes.
    public static func == (a: Session, b: Session) -> Bool {
        a.terms == b.terms && a.duration == b.duration && a.progress == b.progress && a.generation == b.generation
            && a.placement == b.placement && a.formerPlacements == b.formerPlacements && a.networkReason == b.networkReason
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(id)
    }
}

/// A device's addresses in the network's own address space. A device that is not connected has none.
public struct NetworkAddresses: Hashable, Sendable {
    public let ipv4: IPv4Address?
    /// The device's only address, or the first of its prefix.
    public let ipv6: IPv6Address?
    /// How many bits of ``ipv6`` are the device's own: 128 if it has one address; fewer if it uses every address with
    /// the same first bits.
    public let ipv6PrefixLength: Int

    /// - Parameter ipv6PrefixLength: 0 to 128; bits of `ipv6` past it are cleared.
    public init(ipv4: IPv4Address?, ipv6: IPv6Address?, ipv6PrefixLength: Int = 128) {
        self.ipv4 = ipv4
        self.ipv6 = ipv6?.masked(to: ipv6PrefixLength)
        self.ipv6PrefixLength = ipv6 == nil ? 128 : ipv6PrefixLength
    }

    /// - Parameter ipv6Prefix: an IPv4 subnet counts as none.
    public init(ipv4: IPv4Address?, ipv6Prefix: IPSubnet?) {
        if case .ipv6(let address, let length) = ipv6Prefix {
            self.init(ipv4: ipv4, ipv6: address, ipv6PrefixLength: length)
        } else {
            self.init(ipv4: ipv4, ipv6: nil)
        }
    }

    /// The device's IPv6 address, or all that it has, as a subnet.
    public var ipv6Prefix: IPSubnet? { ipv6.map { .containing($0, prefixLength: ipv6PrefixLength) } }
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

/// The address that receives the events of a session, and the credential for the address.
public struct NotificationTarget: Hashable, Sendable {
    /// An `https` address, or an `http` address if the operator allows it.
    public let sink: String
    public let credential: SinkCredential?

    public init(sink: String, credential: SinkCredential? = nil) {
        self.sink = sink
        self.credential = credential
    }
}

/// The credential that a sink requires before it accepts an event (CAMARA, schema SinkCredential).
public enum SinkCredential: Hashable, Sendable {
    /// A bearer token, valid until `expiresAt`.
    case accessToken(String, expiresAt: Timestamp)
    /// The platform gets tokens itself, from `tokenURI` as the client `clientID`, and signs with its own key.
    case privateKeyJWT(clientID: String, tokenURI: String)
}

extension SinkCredential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The kind of credential without its secret, so that no log line shows the secret by accident.
    public var description: String {
        switch self {
        case .accessToken(_, let expiresAt): "access token, redacted, expires \(expiresAt)"
        case .privateKeyJWT(let clientID, _): "private key JWT of \(clientID)"
        }
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["credential": description]) }
}
