import QualityOnDemand

/// The addresses that may receive events.
public struct SinkPolicy: Hashable, Sendable {
    /// Whether events may go to addresses without TLS.
    public var allowsHTTP: Bool
    /// Whether events may go to this machine and to networks that the Internet does not reach.
    public var allowsPrivate: Bool

    public init(allowsHTTP: Bool = false, allowsPrivate: Bool = false) {
        self.allowsHTTP = allowsHTTP
        self.allowsPrivate = allowsPrivate
    }

    func allows(_ url: SinkURL) -> Bool {
        url.isTLS || allowsHTTP
    }

    func allows(_ address: SinkAddress) -> Bool {
        switch address.reach {
        case .global: true
        case .inside: allowsPrivate
        case .never: false
        }
    }
}

extension SinkURL {
    /// The address in the host; `nil` if the host is a name.
    var literal: SinkAddress? { SinkAddress(literal: host) }
}
