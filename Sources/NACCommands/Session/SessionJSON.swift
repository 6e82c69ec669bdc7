import CAMARA
import NetworkAsCode

extension JSONWriter {
    /// The schema SessionInfo. The member `reason` beside it says why the network refused or ended the session, if
    /// that is known.
    mutating func session(_ session: QoDSession, reason: String? = nil) {
        object { json in
            // A session that was asked for with the token alone has none.
            json.write("device", session.device.flatMap { DeviceText.line($0) == nil ? nil : $0 }) { $0.device($1) }
            json.write("applicationServer", session.service) { $0.service($1) }
            json.write("devicePorts", session.devicePorts) { $0.ports($1) }
            json.write("applicationServerPorts", session.servicePorts) { $0.ports($1) }
            json.write("qosProfile", session.profile.rawValue)
            json.write("sink", session.sink)
            json.write("sessionId", session.id)
            json.write("duration", Int(session.duration.components.seconds))
            json.write("startedAt", session.started)
            json.write("expiresAt", session.expires)
            json.write("qosStatus", session.status.rawValue)
            json.write("statusInfo", session.statusInfo?.rawValue)
            json.write("reason", reason)
        }
    }

    /// The schema ApplicationServer.
    private mutating func service(_ service: Service) {
        object { json in
            switch service {
            case .subnets(let ipv4, let ipv6):
                json.write("ipv4Address", ipv4)
                json.write("ipv6Address", ipv6)
            case .addresses(let addresses):
                json.name("ipAddresses")
                json.array(addresses) { $0.string($1) }
            }
        }
    }

    /// The schema PortsSpec.
    private mutating func ports(_ spec: PortsSpec) {
        object { json in
            if !spec.ranges.isEmpty {
                json.name("ranges")
                json.array(spec.ranges) { json, range in
                    json.object { json in
                        json.write("from", range.start)
                        json.write("to", range.end)
                    }
                }
            }
            if !spec.ports.isEmpty {
                json.name("ports")
                json.array(spec.ports) { $0.integer($1) }
            }
        }
    }
}
