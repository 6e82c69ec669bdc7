import QualityOnDemand

/// The settings of the platform in the lab's gateway.
enum LabPlatform {
    /// The configuration for `nac serve`.
    ///
    /// - Parameters:
    ///   - port: The port of the platform, on the gateway's loopback interface.
    ///   - database: The value of the setting `database`.
    static func configuration(_ topology: LabTopology, port: Int, database: String) -> String {
        let subnets = LabTopology.deviceSubnets.map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            # The platform in the lab's gateway; nac lab down removes this file.
            server: { host: 127.0.0.1, port: \(port) }
            database: "\(database)"
            network:
              driver: linux
              downlink: { interface: ran0, capacity: \(Rate.text(bitsPerSecond: topology.cell)) }
              uplink: { interface: wan0, capacity: \(Rate.text(bitsPerSecond: topology.uplink)) }
            devices: { subnets: [\(subnets)] }

            """
    }
}
