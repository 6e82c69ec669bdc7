extension Scope {
    /// Every scope of the platform's APIs. An operator can limit a key or a client to some of them.
    public static let all: [Scope] = [
        createSessions, readSessions, updateSessions, deleteSessions, retrieveSessionsByDevice, readProfiles,
        Scope("qos-provisioning:qos-assignments:create"), Scope("qos-provisioning:qos-assignments:read"),
        Scope("qos-provisioning:qos-assignments:delete"), Scope("qos-provisioning:qos-assignments:read-by-device"),
    ]
}
