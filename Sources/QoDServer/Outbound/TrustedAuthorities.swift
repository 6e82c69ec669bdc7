import NIOSSL

/// The authorities whose certificates the platform trusts for its own connections.
public struct TrustedAuthorities: Hashable, Sendable {
    /// A PEM file that replaces the system's authorities.
    private let replacement: String?
    /// A PEM file, or a directory, of additional authorities.
    private let addition: String?

    /// The system's authorities only.
    public static let system = TrustedAuthorities()

    private init() {
        (replacement, addition) = (nil, nil)
    }

    /// - Parameters:
    ///   - replacement: a PEM file that replaces the system's authorities; `nil` keeps the system's authorities.
    ///   - addition: a PEM file, or a directory, of additional trusted authorities.
    /// - Throws: ``Unreadable`` if a file has no certificates.
    public init(insteadOfSystem replacement: String? = nil, and addition: String? = nil) throws(Unreadable) {
        (self.replacement, self.addition) = (replacement, addition)
        // An unreadable file must fail at the start, not at the first event.
        for path in [replacement, addition].compactMap(\.self) {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .file(path)
            do { _ = try NIOSSLContext(configuration: configuration) } catch { throw Unreadable(path: path) }
        }
    }

    /// A file without certificates.
    public struct Unreadable: Error, Hashable, Sendable, CustomStringConvertible {
        public let path: String

        public var description: String { "\(path): holds no certificates that can be read; PEM is needed" }
    }

    /// TLS 1.2 and newer, with these authorities.
    var clientConfiguration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let replacement { configuration.trustRoots = .file(replacement) }
        if let addition { configuration.additionalTrustRoots = [.file(addition)] }
        return configuration
    }
}
