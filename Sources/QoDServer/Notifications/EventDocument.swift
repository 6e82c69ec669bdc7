import CAMARA
import QualityOnDemand
import SessionEngine

/// An event in the form that its sink receives: a CloudEvent in the vocabulary of the API that created the session.
enum EventDocument {
    static let contentType = QosStatusChangedEvent.contentType

    static func bytes(_ event: SessionEvent) -> [UInt8] {
        JSONWriter.document { json in
            switch event.dialect {
            case .v1: quality(event).write(to: &json)
            case .v0: writeOlder(event, to: &json)
            case .provisioning: writeProvisioning(event, to: &json)
            }
        }
    }

    private static func quality(_ event: SessionEvent) -> QosStatusChangedEvent {
        QosStatusChangedEvent(
            id: event.id.description, source: "/quality-on-demand/v1/sessions/\(event.session)", time: event.change.time,
            sessionID: event.session.description, qosStatus: event.change.status, statusInfo: event.change.info)
    }

    /// Nokia's gateway writes the details twice, for the receivers of both of its older forms: `event` is older than
    /// CloudEvents, and `data` is the CloudEvent's own member.
    private static func writeOlder(_ event: SessionEvent, to json: inout JSONWriter) {
        json.object { json in
            writeAttributes(event, type: "org.camaraproject.qod.v0.qos-status-changed", source: "/qod/v0/sessions/\(event.session)", to: &json)
            json.name("event")
            json.object { json in
                json.write("eventType", "QOS_STATUS_CHANGED")
                json.write("eventTime", event.change.time)
                json.name("eventDetail")
                writeDetail(event, to: &json)
            }
            json.name("data")
            writeDetail(event, to: &json)
        }
    }

    private static func writeProvisioning(_ event: SessionEvent, to json: inout JSONWriter) {
        json.object { json in
            writeAttributes(
                event, type: "org.camaraproject.qos-provisioning.v0.status-changed",
                source: "/qos-provisioning/v0.4/qos-assignments/\(event.session)", to: &json)
            json.name("data")
            json.object { json in
                json.write("assignmentId", event.session.description)
                json.write("status", event.change.status.rawValue)
                json.write("statusInfo", event.change.info?.rawValue)
            }
        }
    }

    private static func writeAttributes(_ event: SessionEvent, type: String, source: String, to json: inout JSONWriter) {
        json.write("id", event.id.description)
        json.write("source", source)
        json.write("type", type)
        json.write("specversion", "1.0")
        json.write("datacontenttype", "application/json")
        json.write("time", event.change.time)
    }

    private static func writeDetail(_ event: SessionEvent, to json: inout JSONWriter) {
        json.object { json in
            json.write("sessionId", event.session.description)
            json.write("qosStatus", event.change.status.rawValue)
            json.write("statusInfo", event.change.info?.rawValue)
        }
    }
}
