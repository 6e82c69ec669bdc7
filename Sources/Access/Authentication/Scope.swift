/// A permission, as the APIs' specifications name it.
public struct Scope: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }

    public static let createSessions = Scope("quality-on-demand:sessions:create")
    public static let readSessions = Scope("quality-on-demand:sessions:read")
    public static let deleteSessions = Scope("quality-on-demand:sessions:delete")
    public static let updateSessions = Scope("quality-on-demand:sessions:update")
    public static let retrieveSessionsByDevice = Scope("quality-on-demand:sessions:retrieve-by-device")
    public static let readProfiles = Scope("qos-profiles:read")
    public static let createAssignments = Scope("qos-provisioning:qos-assignments:create")
    public static let readAssignments = Scope("qos-provisioning:qos-assignments:read")
    public static let readAssignmentsByDevice = Scope("qos-provisioning:qos-assignments:read-by-device")
    public static let deleteAssignments = Scope("qos-provisioning:qos-assignments:delete")

    /// Every scope of the platform's APIs. An operator can limit a key or a client to some of them.
    public static let all: [Scope] = [
        createSessions, readSessions, updateSessions, deleteSessions, retrieveSessionsByDevice, readProfiles,
        createAssignments, readAssignments, deleteAssignments, readAssignmentsByDevice,
    ]
}
