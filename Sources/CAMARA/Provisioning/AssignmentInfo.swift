public import QualityOnDemand

/// This platform's answer with an assignment.
extension Session {
    /// Writes the schema AssignmentInfo of `/qos-provisioning/v0.4`, with the one identifier that was used.
    public func writeAssignmentInfo(to json: inout JSONWriter) {
        json.object { json in
            json.write("device", subject.device) { $1.write(only: subject.identifiedBy, to: &$0) }
            json.write("qosProfile", profile.description)
            json.write("sink", notification?.sink)
            json.write("assignmentId", id.description)
            json.write("startedAt", startedAt)
            json.write("status", status.rawValue)
            json.write("statusInfo", statusInfo?.rawValue)
        }
    }
}

extension ErrorCode {
    /// The profile exists, but cannot be assigned now.
    public static let assignmentProfileNotApplicable = ErrorCode("QOS_PROVISIONING.QOS_PROFILE_NOT_APPLICABLE")
}
