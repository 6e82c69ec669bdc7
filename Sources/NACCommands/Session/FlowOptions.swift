import ArgumentParser
import NetworkAsCode
import QualityOnDemand

/// The flow of a session: the service's addresses, and the ports on both sides.
struct FlowOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Address of the service: one IPv4 and one IPv6 address or subnet, or, given up to 16 times, any single addresses.",
            valueName: "address"))
    var service: [String]

    @Option(help: ArgumentHelp("The service's ports, such as 80-443,8080; without it, all ports.", valueName: "ports"))
    var servicePorts: String?

    @Option(help: ArgumentHelp("The device's ports; without it, all ports.", valueName: "ports"))
    var devicePorts: String?

    func validate() throws {
        _ = try flow
    }

    struct Flow {
        var service: Service
        var servicePorts: NetworkAsCode.PortsSpec?
        var devicePorts: NetworkAsCode.PortsSpec?
    }

    var flow: Flow {
        get throws(ValidationError) {
            Flow(
                service: try ServiceOption.read(service), servicePorts: try Self.ports("--service-ports", servicePorts),
                devicePorts: try Self.ports("--device-ports", devicePorts))
        }
    }

    private static func ports(_ flag: String, _ text: String?) throws(ValidationError) -> NetworkAsCode.PortsSpec? {
        guard let text else { return nil }
        return try reading(flag) { () throws(InvalidValue) in try PortsOption.read(text) }
    }
}

/// The addresses of a service as a user types them.
enum ServiceOption {
    /// Up to one IPv4 and one IPv6 text may be subnets. More texts become the API's list, which allows single
    /// addresses only.
    static func read(_ texts: [String]) throws(ValidationError) -> Service {
        let areIPv6 = try texts.map { text throws(ValidationError) in
            try reading("--service") { () throws(InvalidValue) in try isIPv6(text) }
        }
        let (ipv4, ipv6) = (zip(texts, areIPv6).filter { !$1 }.map(\.0), zip(texts, areIPv6).filter { $1 }.map(\.0))
        if ipv4.count <= 1, ipv6.count <= 1, !texts.isEmpty { return .subnets(ipv4: ipv4.first, ipv6: ipv6.first) }
        do {
            _ = try ApplicationServer(ipAddresses: texts)
        } catch {
            throw ValidationError("--service, given \(texts.count) times: \(error.reason)")
        }
        return .addresses(texts)
    }

    private static func isIPv6(_ text: String) throws(InvalidValue) -> Bool {
        guard text.contains(":") || text.utf8.allSatisfy({ (0x2e...0x39).contains($0) }), !text.isEmpty else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not an IP address or subnet; names are not looked up")
        }
        guard text.contains(":") else {
            _ = try IPSubnet(ipv4: text)
            return false
        }
        _ = try IPSubnet(ipv6: text)
        return true
    }
}
