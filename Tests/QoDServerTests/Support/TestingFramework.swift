import HummingbirdTesting

/// The two ways to reach the platform in a test.
enum TestingFramework: CaseIterable, Sendable {
    case router
    /// Over a socket.
    case live

    var setup: TestingSetup {
        switch self {
        case .router: .router
        case .live: .live
        }
    }
}
