import NetworkAsCode

/// Advice to the user about a failed call.
enum Advice {
    static func text(for failure: CallFailure) -> String? {
        let connection = failure.connection
        let error = failure.error
        if let id = error.sessionID { return "session \(id) exists; nac session delete \(id) ends it" }
        switch error.kind {
        case .connection where error.message.contains("ClientConfiguration.tls"):
            return "that is --ca-file or NAC_CA_FILE for an authority, --cert and --key or NAC_CERT and NAC_KEY for the client"
        case .connection where (error.underlyingError as? TransportError)?.kind == .other:
            return "--server or NAC_SERVER names another address"
        case .connection: return reaching(connection)
        // A timeout without a correlator belongs to no request: the wait for the network took too long.
        case .timeout where error.xCorrelator == nil: return "the session is still requested; nac session watch follows it"
        case .timeout: return reaching(connection)
        case .unauthorised: return token(connection)
        case .forbidden: return "only the token that created a session can use it"
        case .rateLimited: return "try again \(error.retryAfter.map { "in \(TimeText.exact($0))" } ?? "later")"
        case .conflict where error.code == "CONFLICT": return conflict(error)
        case .notApplicable where error.code == "MISSING_IDENTIFIER": return DeviceOptions.advice
        case .notFound where error.code == "IDENTIFIER_NOT_FOUND" && connection.isLoopback:
            return "nac device list shows the sandbox's devices"
        default: return nil
        }
    }

    /// A session that the network ended holds its flow for some minutes (360 s on this project's platform), so that
    /// clients can read the session.
    private static func conflict(_ error: NetworkAsCodeError) -> String {
        guard let id = error.conflictingSessionID else {
            return "nac session list shows the device's sessions; an UNAVAILABLE session blocks its flow until nac session delete"
        }
        return "nac session get \(id) shows the other session; if it is UNAVAILABLE, nac session delete \(id) frees its flow"
    }

    private static func reaching(_ connection: Connection) -> String {
        guard connection.isLoopback else { return "is \(connection.address) right? --server or NAC_SERVER names another" }
        return "start the platform with nac serve, or name another with --server or NAC_SERVER"
    }

    private static func token(_ connection: Connection) -> String {
        switch connection.tokenSource {
        case .flag: "the token is from --token"
        case .environment: "the token is from NAC_TOKEN; --token gives another"
        case .sandbox: "the token is the sandbox's own; --token or NAC_TOKEN gives another"
        }
    }
}
