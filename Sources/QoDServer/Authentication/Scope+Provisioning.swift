extension Scope {
    public static let createAssignments = Scope("qos-provisioning:qos-assignments:create")
    public static let readAssignments = Scope("qos-provisioning:qos-assignments:read")
    public static let readAssignmentsByDevice = Scope("qos-provisioning:qos-assignments:read-by-device")
    public static let deleteAssignments = Scope("qos-provisioning:qos-assignments:delete")
}
