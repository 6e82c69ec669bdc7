extension Scope {
    /// Every scope of the APIs that are served: what a key or a client can be limited to.
    public static let all: [Scope] = [
        createSessions, readSessions, updateSessions, deleteSessions, retrieveSessionsByDevice, readProfiles,
        Scope("qos-provisioning:qos-assignments:create"), Scope("qos-provisioning:qos-assignments:read"),
        Scope("qos-provisioning:qos-assignments:delete"), Scope("qos-provisioning:qos-assignments:read-by-device"),
    ]
}
