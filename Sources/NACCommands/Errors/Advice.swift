import NetworkAsCode

/// What can be done about a failed call.
enum Advice {
    static func text(for failure: CallFailure) -> String? {
        let connection = failure.connection
        switch failure.error.kind {
        case .connection where (failure.error.underlyingError as? TransportError)?.kind == .other:
            return "is \(connection.address) right, http or https too? --server or NAC_SERVER names another"
        case .connection: return reaching(connection)
        // Without a request it is the wait for the network that took too long.
        case .timeout where failure.error.xCorrelator == nil: return "it is still requested; nac session watch shows what becomes of it"
        case .timeout: return reaching(connection)
        case .unauthorised: return token(connection)
        case .forbidden: return "only the token that created a session can use it"
        case .rateLimited: return "try again \(failure.error.retryAfter.map { "in \(TimeText.exact($0))" } ?? "later")"
        case .conflict where failure.error.code == "CONFLICT": return "nac session list shows the device's sessions"
        case .notFound where failure.error.code == "IDENTIFIER_NOT_FOUND" && connection.isLoopback:
            return "nac device list shows the sandbox's devices"
        default: return nil
        }
    }

    private static func reaching(_ connection: Connection) -> String {
        guard connection.isLoopback else { return "is \(connection.address) right? --server or NAC_SERVER names another" }
        return "start the platform with nac serve, or name another with --server or NAC_SERVER"
    }

    private static func token(_ connection: Connection) -> String {
        switch connection.tokenSource {
        case .flag: "--token gave the one that was sent"
        case .environment: "NAC_TOKEN gave the one that was sent; --token names another"
        case .sandbox: "the sandbox's own was sent; --token or NAC_TOKEN names another"
        }
    }
}
