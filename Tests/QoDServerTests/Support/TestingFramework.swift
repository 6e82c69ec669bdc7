import HummingbirdTesting

/// The two ways of a test to reach the platform.
enum TestingFramework: CaseIterable, Sendable {
    case router
    /// Requests go over a socket.
    case live

    var setup: TestingSetup {
        switch self {
        case .router: .router
        case .live: .live
        }
    }
}
