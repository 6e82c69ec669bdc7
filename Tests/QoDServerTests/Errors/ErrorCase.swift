import Access
import HTTPTypes
import QoDServer
import SimulatedNetwork
import Testing

/// A request and the error that it must cause.
struct ErrorCase: Sendable, CustomTestStringConvertible {
    let operation: Operation
    let status: Int
    let code: String
    /// A text that the message must contain: the path of the wrong value.
    let message: String
    /// The scenario of the .feature file, if there is one.
    let scenario: String?
    let setup: Setup
    let call: @Sendable (Platform) async throws -> Call

    init(
        _ operation: Operation, _ status: Int, _ code: String, _ message: String, scenario: String? = nil, setup: Setup = Setup(),
        call: @escaping @Sendable (Platform) async throws -> Call
    ) {
        self.operation = operation
        self.status = status
        self.code = code
        self.message = message
        self.scenario = scenario
        self.setup = setup
        self.call = call
    }

    var key: ErrorKey { ErrorKey(operation: operation.rawValue, status: status, code: code) }

    var testDescription: String {
        "\(operation.rawValue) \(status) \(code): \(message)" + (scenario.map { " [\($0)]" } ?? "")
    }
}

/// An error in the form of the specification's lists.
struct ErrorKey: Hashable, Sendable, CustomStringConvertible {
    let operation: String
    let status: Int
    let code: String

    var description: String { "\(operation) \(status) \(code)" }
}

extension ErrorCase {
    static let all = general + access + bodies + sessionIDs + creation + devices + profiles + provisioning

    // MARK: Errors of all operations

    private static let general: [ErrorCase] = Operation.allCases.flatMap { operation in
        [
            ErrorCase(operation, 400, "INVALID_ARGUMENT", "x-correlator", scenario: invalidCorrelator(operation)) { _ in
                operation.call().with("x-correlator", "not valid")
            },
            ErrorCase(
                operation, 401, "UNAUTHENTICATED", "an API key is needed", scenario: operation.scenario(401, 1, "no_authorization_header")
            ) { _ in operation.call().with("X-RapidAPI-Key", nil) },
            ErrorCase(
                operation, 401, "UNAUTHENTICATED", "not known", scenario: operation.scenario(401, 3, "invalid_access_token")
            ) { _ in operation.call().with("X-RapidAPI-Key", nil).with("Authorization", "Bearer unheard-of") },
            ErrorCase(
                operation, 403, "PERMISSION_DENIED", operation.scope.description,
                scenario: operation.scenario(403, 1, "missing_access_token_scope"), setup: .token(scopes: [Scope("something:else")])
            ) { _ in operation.call() },
        ]
    }

    private static func invalidCorrelator(_ operation: Operation) -> String {
        operation.scenario(400, operation.correlatorScenario, "invalid_x-correlator")
    }

    // MARK: Errors of operations with a body

    private static let bodies: [ErrorCase] = Operation.allCases.filter(\.takesBody).flatMap { operation in
        let path = operation == .extendQosSessionDuration
        return [
            ErrorCase(
                operation, 400, "INVALID_ARGUMENT", "is an array, not an object", scenario: operation.scenario(400, 1, "schema_not_compliant")
            ) { _ in operation.call("[]") },
            ErrorCase(
                operation, 400, "INVALID_ARGUMENT", "body is missing", scenario: operation.scenario(400, path ? 3 : 2, "no_request_body")
            ) { _ in operation.call(nil) },
        ]
    }

    // MARK: Errors of operations on one session

    private static let sessionIDs: [ErrorCase] = Operation.allCases.filter(\.takesSessionID).flatMap { operation in
        [
            ErrorCase(
                operation, 400, "INVALID_ARGUMENT", "sessionId: \"no-uuid\" is not a UUID",
                scenario: operation.scenario(400, operation == .extendQosSessionDuration ? 2 : 1, "invalid_session_id")
            ) { _ in operation.call(session: "no-uuid") },
            ErrorCase(
                operation, 403, "PERMISSION_DENIED", "another client", scenario: operation.scenario(403, 2, "session_token_mismatch")
            ) { operation.call(session: try await $0.session()).with("X-RapidAPI-Key", "sandbox-2") },
            ErrorCase(
                operation, 404, "NOT_FOUND", Operation.unknownSession, scenario: operation.scenario(404, 1, "not_found")
            ) { _ in operation.call() },
        ]
    } + [
        ErrorCase(
            .extendQosSessionDuration, 409, "QUALITY_ON_DEMAND.SESSION_EXTENSION_NOT_ALLOWED", "REQUESTED",
            scenario: "quality_on_demand_extendQosSessionDuration_409.1_session_not_available", setup: .impatient
        ) { platform in
            // Nothing is answered by the network, so the session is REQUESTED however slow this machine is.
            platform.network.faults.isUnreachable = true
            return Operation.extendQosSessionDuration.call(session: try await platform.session(["device": Body.phone(2000)]))
        },
        ErrorCase(.extendQosSessionDuration, 409, "QUALITY_ON_DEMAND.SESSION_EXTENSION_NOT_ALLOWED", "UNAVAILABLE") {
            Operation.extendQosSessionDuration.call(session: try await $0.endedSession())
        },
    ]

    // MARK: Errors of operations on a device

    private static let devices: [ErrorCase] = Operation.allCases.filter(\.takesDevice).flatMap { operation in
        [
            about(operation, "{}", 400, "INVALID_ARGUMENT", "device: names no device", "C01.01_device_empty"),
            about(operation, "{\"phoneNumber\": \"12\"}", 400, "INVALID_ARGUMENT", "device.phoneNumber: ", notCompliant),
            about(operation, "{\"ipv4Address\": {\"publicAddress\": \"1.2.3\"}}", 400, "INVALID_ARGUMENT", "device.ipv4Address", notCompliant),
            about(operation, "{\"ipv6Address\": \"::g\"}", 400, "INVALID_ARGUMENT", "device.ipv6Address: ", notCompliant),
            about(
                operation, "{\"networkAccessIdentifier\": 1}", 400, "INVALID_ARGUMENT", "device.networkAccessIdentifier: ",
                notCompliant),
            about(operation, "{\"phoneNumber\": \"+36721601234\"}", 404, "IDENTIFIER_NOT_FOUND", "not found", "C01.03_device_not_found"),
            about(operation, Body.phone(5000), 422, "SERVICE_NOT_APPLICABLE", "not available", "C01.07_device_not_supported"),
            ErrorCase(
                operation, 422, "UNNECESSARY_IDENTIFIER", "already identified", scenario: "\(operation.tag)_C01.04_unnecessary_device",
                setup: .token(device: 1000)
            ) { _ in operation.call() },
        ]
    } + [
        ErrorCase(
            .createSession, 422, "MISSING_IDENTIFIER", "device is needed", scenario: "quality_on_demand_createSession_C01.05_missing_device"
        ) { _ in Operation.createSession.call(Body.create(["device": nil])) },
        ErrorCase(
            .retrieveSessionsByDevice, 422, "MISSING_IDENTIFIER", "device is needed",
            scenario: "quality_on_demand_retrieveSessionsByDevice_C01.05_missing_device"
        ) { _ in Operation.retrieveSessionsByDevice.call("{}") },
    ]

    private static let notCompliant = "C01.02_device_identifiers_not_schema_compliant"

    private static func about(
        _ operation: Operation, _ device: String, _ status: Int, _ code: String, _ message: String, _ scenario: String
    ) -> ErrorCase {
        let body =
            switch operation {
            case .createSession: Body.create(["device": device])
            case .createQosAssignment: Body.assignment(["device": device])
            default: "{\"device\": \(device)}"
            }
        return ErrorCase(operation, status, code, message, scenario: "\(operation.tag)_\(scenario)") { _ in operation.call(body) }
    }

    // MARK: Errors of one profile

    private static let profiles: [ErrorCase] = [
        ErrorCase(
            .getQosProfile, 400, "INVALID_ARGUMENT", "name: ", scenario: "qos_profiles_getQosProfile_400.01_name_does_not_match_regex"
        ) { _ in Call(.get, Path.profile("QOS%20L")) },
        ErrorCase(.getQosProfile, 400, "INVALID_ARGUMENT", "name: ", scenario: "qos_profiles_getQosProfile_400.02_invalid_name_length") { _ in
            Call(.get, Path.profile("ab"))
        },
        ErrorCase(.getQosProfile, 400, "INVALID_ARGUMENT", "name: ", scenario: "qos_profiles_getQosProfile_400.02_invalid_name_length") { _ in
            Call(.get, Path.profile(String(repeating: "a", count: 257)))
        },
        ErrorCase(.getQosProfile, 404, "NOT_FOUND", "QOS_XXL", scenario: "qos_profiles_getQosProfile_404.01_not_found") { _ in
            Call(.get, Path.profile("QOS_XXL"))
        },
    ]
}
