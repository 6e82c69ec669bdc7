import HTTPTypes

extension ErrorCase {
    static let provisioning = assignmentIDs + assignments + ofDevice

    // MARK: Errors of operations on one assignment

    private static let assignmentIDs: [ErrorCase] = [Operation.getQosAssignmentById, .revokeQosAssignment].flatMap { operation in
        [
            ErrorCase(
                operation, 400, "INVALID_ARGUMENT", "assignmentId: \"no-uuid\" is not a UUID",
                scenario: operation.scenario(400, 1, "invalid_id")
            ) { _ in operation.call(session: "no-uuid") },
            ErrorCase(
                operation, 403, "PERMISSION_DENIED", "another client", scenario: operation.scenario(403, 2, "different_client_id")
            ) { operation.call(session: try await $0.assignment()).with("X-RapidAPI-Key", "sandbox-2") },
            ErrorCase(
                operation, 404, "NOT_FOUND", Operation.unknownSession, scenario: operation.scenario(404, 1, "not_found")
            ) { _ in operation.call() },
            ErrorCase(operation, 404, "NOT_FOUND", "no QoS assignment") { operation.call(session: try await $0.session()) },
        ]
    }

    // MARK: Errors of a creation

    private static let assignments: [ErrorCase] = [
        created(400, "INVALID_ARGUMENT", "qosProfile: is required", "400.3_empty_request_body", body: "{}"),
        created(400, "INVALID_ARGUMENT", "duration: is not a property", nil, ["duration": "60"]),
        created(400, "INVALID_ARGUMENT", "sinkCredential.credentialType", "400.7_invalid_sink_credential", sink(credential("PLAIN"))),
        created(400, "INVALID_ARGUMENT", "sinkCredential.credentialType", "400.7_invalid_sink_credential", sink(credential("REFRESHTOKEN"))),
        created(400, "INVALID_TOKEN", "accessTokenType: is not a supported type", "400.8_sink_credential_invalid_token", sink(credential(type: "mac"))),
        created(400, "INVALID_CREDENTIAL", "accessTokenExpiresUtc", nil, sink(credential(expires: "2020-01-01T00:00:00Z"))),
        created(400, "INVALID_SINK", "sink: ", nil, ["sink": #""http://example.com/""#]),
        created(400, "INVALID_ARGUMENT", "qosProfile: \"QOS_XXL\" is not", "400.9_non_existent_qos_profile", ["qosProfile": #""QOS_XXL""#]),
        created(
            422, "QOS_PROVISIONING.QOS_PROFILE_NOT_APPLICABLE", "FUTURE is INACTIVE", "422.1_qos_profile_not_applicable",
            ["qosProfile": #""FUTURE""#]),
        created(422, "QOS_PROVISIONING.QOS_PROFILE_NOT_APPLICABLE", "LEGACY is DEPRECATED", nil, ["qosProfile": #""LEGACY""#]),
        created(
            422, "PRIVATE_KEY_JWT_NOT_CONFIGURED", "PRIVATE_KEY_JWT", "422.2_private_key_jwt_not_configured",
            sink(#"{"credentialType": "PRIVATE_KEY_JWT"}"#)),
        created(422, "MISSING_IDENTIFIER", "device is needed", "C01.05_missing_device", ["device": nil]),
        ErrorCase(
            .createQosAssignment, 409, "CONFLICT", "another QoS assignment",
            scenario: "qos_provisioning_createQosAssignment_409.1_provisioning_conflict"
        ) {
            _ = try await $0.assignment()
            return Operation.createQosAssignment.call(Body.assignment(["qosProfile": #""QOS_S""#]))
        },
    ]

    private static func sink(_ credential: String) -> [String: String?] {
        ["sink": #""https://example.com/""#, "sinkCredential": credential]
    }

    private static func created(
        _ status: Int, _ code: String, _ message: String, _ scenario: String?, _ changes: [String: String?] = [:], body: String? = nil
    ) -> ErrorCase {
        ErrorCase(.createQosAssignment, status, code, message, scenario: scenario.map { "qos_provisioning_createQosAssignment_\($0)" }) { _ in
            Operation.createQosAssignment.call(body ?? Body.assignment(changes))
        }
    }

    // MARK: Errors of a device's assignment

    private static let ofDevice: [ErrorCase] = [
        ErrorCase(
            .getQosAssignmentByDevice, 404, "NOT_FOUND", "has no QoS assignment",
            scenario: "qos_provisioning_getQosAssignmentByDevice_404.1_not_found"
        ) { _ in Operation.getQosAssignmentByDevice.call() },
        ErrorCase(
            .getQosAssignmentByDevice, 403, "PERMISSION_DENIED", "another client",
            scenario: "qos_provisioning_getQosAssignmentByDevice_403.2_different_client_id"
        ) {
            _ = try await $0.assignment()
            return Operation.getQosAssignmentByDevice.call().with("X-RapidAPI-Key", "sandbox-2")
        },
        ErrorCase(
            .getQosAssignmentByDevice, 422, "MISSING_IDENTIFIER", "device is needed",
            scenario: "qos_provisioning_getQosAssignmentByDevice_C01.05_missing_device"
        ) { _ in Operation.getQosAssignmentByDevice.call("{}") },
    ]
}

extension Platform {
    /// Creates an assignment and returns its id.
    func assignment(_ changes: [String: String?] = [:]) async throws -> String {
        let answer = try await caller.send(.post, Path.assignments, Body.assignment(changes))
        guard answer.status == 201, let id = answer.text("assignmentId") else { throw Unexpected(answer: answer) }
        return id
    }
}
