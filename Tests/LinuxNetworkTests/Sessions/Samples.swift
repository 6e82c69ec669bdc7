import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound

@testable import LinuxNetwork

/// Grants and gateways for these tests; a test names only the values that matter to it.
enum Sample {
    /// 100 Mbit/s down, 50 Mbit/s up.
    static func configuration(down: Int = 100_000_000, up: Int = 50_000_000, reserve: Int = 10) throws -> LinuxNetworkConfiguration {
        try LinuxNetworkConfiguration(
            downlink: .init(interface: "ran0", capacity: down), uplink: .init(interface: "wan0", capacity: up), reservePercent: reserve)
    }

    static func session(_ index: Int) -> SessionID { NetworkDriverConformance.grant(index).session }

    /// Session `index`. Its device belongs to no other session, unless the test names a device.
    static func grant(
        _ index: Int, device: Int? = nil, flow: Flow = Fixture.flow(), profile: QoSProfile = Fixture.profile("QOS_E")
    ) -> Grant {
        Grant(session: session(index), addresses: Fixture.addresses(device ?? 1000 + index), flow: flow, profile: profile)
    }

    /// A profile with only the given values, in Mbit/s.
    static func profile(
        down: Int? = nil, up: Int? = nil, mostDown: Int? = nil, mostUp: Int? = nil, priority: Int? = nil,
        serviceClass: QoSProfile.ServiceClass? = nil
    ) -> QoSProfile {
        var profile = QoSProfile(name: Fixture.profile().name)
        profile.targetMinDownstreamRate = down.map { Rate($0, .mbps) }
        profile.targetMinUpstreamRate = up.map { Rate($0, .mbps) }
        profile.maxDownstreamRate = mostDown.map { Rate($0, .mbps) }
        profile.maxUpstreamRate = mostUp.map { Rate($0, .mbps) }
        profile.priority = priority
        profile.serviceClass = serviceClass
        return profile
    }

    static func ports(_ ranges: [(UInt16, UInt16)] = [], _ ports: [UInt16] = []) throws -> PortsSpec {
        try PortsSpec(ranges: ranges.map { try PortRange(first: $0.0, last: $0.1) }, ports: ports)
    }
}
