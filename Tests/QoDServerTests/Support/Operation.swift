import Access
import HTTPTypes
import QoDServer

/// The operations of the three APIs, under the names of their specifications.
enum Operation: String, CaseIterable, Sendable {
    case createSession, getSession, deleteSession, extendQosSessionDuration, retrieveSessionsByDevice
    case retrieveQoSProfiles, getQosProfile
    case createQosAssignment, getQosAssignmentById, getQosAssignmentByDevice, revokeQosAssignment

    static let unknownSession = "01234567-89ab-7def-8123-456789abcdef"

    /// A correct request. Operations on a session also need the session's id.
    func call(session id: String = unknownSession) -> Call {
        switch self {
        case .createSession: Call(.post, Path.sessions, Body.create())
        case .getSession: Call(.get, Path.session(id))
        case .deleteSession: Call(.delete, Path.session(id))
        case .extendQosSessionDuration: Call(.post, Path.extend(id), Body.extend(60))
        case .retrieveSessionsByDevice: Call(.post, Path.retrieveSessions, "{\"device\": \(Body.device)}")
        case .retrieveQoSProfiles: Call(.post, Path.retrieveProfiles, "{\"device\": \(Body.device)}")
        case .getQosProfile: Call(.get, Path.profile("QOS_L"))
        case .createQosAssignment: Call(.post, Path.assignments, Body.assignment())
        case .getQosAssignmentById: Call(.get, Path.assignment(id))
        case .getQosAssignmentByDevice: Call(.post, Path.retrieveAssignment, "{\"device\": \(Body.device)}")
        case .revokeQosAssignment: Call(.delete, Path.assignment(id))
        }
    }

    /// The same request with another body.
    func call(_ body: String?) -> Call {
        var call = call()
        call.body = body
        return call
    }

    /// The scope that an access token must have.
    var scope: Scope {
        switch self {
        case .createSession: .createSessions
        case .getSession: .readSessions
        case .deleteSession: .deleteSessions
        case .extendQosSessionDuration: .updateSessions
        case .retrieveSessionsByDevice: .retrieveSessionsByDevice
        case .retrieveQoSProfiles, .getQosProfile: .readProfiles
        case .createQosAssignment: .createAssignments
        case .getQosAssignmentById: .readAssignments
        case .getQosAssignmentByDevice: .readAssignmentsByDevice
        case .revokeQosAssignment: .deleteAssignments
        }
    }

    /// The first part of the names of its scenarios in the .feature files.
    var tag: String {
        switch self {
        case .retrieveQoSProfiles, .getQosProfile: "qos_profiles_\(rawValue)"
        case .createQosAssignment, .getQosAssignmentById, .getQosAssignmentByDevice, .revokeQosAssignment: "qos_provisioning_\(rawValue)"
        default: "quality_on_demand_\(rawValue)"
        }
    }

    /// The file that specifies the operation.
    var specification: String {
        switch self {
        case .retrieveQoSProfiles, .getQosProfile: "qos-profiles.yaml"
        case .createQosAssignment, .getQosAssignmentById, .getQosAssignmentByDevice, .revokeQosAssignment: "qos-provisioning.yaml"
        default: "quality-on-demand.yaml"
        }
    }

    var isRemoval: Bool { [.deleteSession, .revokeQosAssignment].contains(self) }

    /// The name of a scenario. The API of profiles has scenario numbers with two digits behind the point.
    func scenario(_ status: Int, _ number: Int, _ name: String) -> String {
        switch self {
        case .retrieveQoSProfiles, .getQosProfile: "\(tag)_\(status).0\(number)_\(name)"
        default: "\(tag)_\(status).\(number)_\(name)"
        }
    }

    var takesSessionID: Bool { [.getSession, .deleteSession, .extendQosSessionDuration].contains(self) }
    var takesBody: Bool { call().body != nil }
    var takesDevice: Bool {
        [.createSession, .retrieveSessionsByDevice, .retrieveQoSProfiles, .createQosAssignment, .getQosAssignmentByDevice].contains(self)
    }

    /// The number of the scenario with an invalid x-correlator, which differs between operations.
    var correlatorScenario: Int {
        switch self {
        case .createSession, .createQosAssignment, .getQosAssignmentById, .getQosAssignmentByDevice, .revokeQosAssignment: 10
        case .getSession, .deleteSession: 2
        case .extendQosSessionDuration: 5
        case .retrieveSessionsByDevice, .retrieveQoSProfiles, .getQosProfile: 3
        }
    }
}
