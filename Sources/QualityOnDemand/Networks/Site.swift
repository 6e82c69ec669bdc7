/// The name of a site: one network with its device directory, profiles and capacity.
public struct SiteName: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let description: String

    /// The site of a configuration that names no sites.
    public static let `default` = SiteName(unchecked: "default")

    /// - Throws: ``InvalidValue`` unless the text has 1 to 32 small letters, digits and hyphens.
    public init(_ text: some StringProtocol) throws(InvalidValue) {
        guard (1...32).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not a site's name: 1 to 32 small letters, digits and hyphens")
        }
        description = String(text)
    }

    /// Restores a name from a store.
    public init(stored text: String) { self.init(unchecked: text) }

    private init(unchecked text: String) { description = text }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }

    public static func < (a: SiteName, b: SiteName) -> Bool { a.description < b.description }
}

/// The network's own name for the flow of one session, such as the URI of a subscription. The platform stores the
/// handle, returns it with each later order, and reads nothing from it.
public struct NetworkHandle: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// What the network of one site holds for a session, as far as the platform knows.
public struct Placement: Hashable, Sendable {
    public enum Status: Int, Hashable, Sendable {
        /// The network may hold a flow. It was called, or will be, and no answer is stored.
        case unknown = 0
        /// The network has accepted the flow and reports later.
        case pending = 1
        /// The flow is programmed.
        case ready = 2
    }

    public let site: SiteName
    /// The generation of the session that the network has applied; 0 if no answer is stored.
    public var generation: Int64
    public var handle: NetworkHandle?
    public var status: Status

    public init(site: SiteName, generation: Int64 = 0, handle: NetworkHandle? = nil, status: Status = .unknown) {
        self.site = site
        self.generation = generation
        self.handle = handle
        self.status = status
    }
}
