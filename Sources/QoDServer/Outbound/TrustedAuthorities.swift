import NIOSSL

/// The authorities whose certificates the platform trusts when it connects to others.
public struct TrustedAuthorities: Hashable, Sendable {
    /// A file that takes the place of the system's authorities, PEM.
    private let replacement: String?
    /// A file, or directory, of authorities beside those, PEM.
    private let addition: String?

    /// The system's.
    public static let system = TrustedAuthorities()

    private init() {
        (replacement, addition) = (nil, nil)
    }

    /// - Parameters:
    ///   - replacement: a file that takes the place of the system's authorities, PEM; `nil` leaves them.
    ///   - addition: a file, or directory, of authorities that are trusted beside those, PEM.
    /// - Throws: ``Unreadable`` where one of them has no certificates.
    public init(insteadOfSystem replacement: String? = nil, and addition: String? = nil) throws(Unreadable) {
        (self.replacement, self.addition) = (replacement, addition)
        // Whether they can be read is to be known at the start, not when the first event is sent.
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
