import Foundation
import NetworkAsCode
import Testing

/// The checks before the SDK sends a request.
@Suite struct ValidationTests {
    let world = World()

    /// The error of a creation with these arguments. The SDK must not have sent a request.
    private func refused(
        _ device: Device, service: String? = "233.252.0.2", serviceIPv6: String? = nil, profile: QoSProfileName = .qosE,
        servicePorts: PortsSpec? = nil, devicePorts: PortsSpec? = nil, duration: Duration = .seconds(60), sink: String? = nil,
        sinkCredential: SinkCredential? = nil, location: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let error = await failure(location) {
            try await device.createQoDSession(
                profile: profile, serviceIPv4: service, serviceIPv6: serviceIPv6, servicePorts: servicePorts,
                devicePorts: devicePorts, duration: duration, sink: sink, sinkCredential: sinkCredential)
        }
        #expect(world.requests.isEmpty, sourceLocation: location)
        #expect(error?.kind == .invalidArgument, sourceLocation: location)
        #expect(error?.code == "INVALID_ARGUMENT", sourceLocation: location)
        #expect(error?.httpStatus == nil, sourceLocation: location)
        return error?.message ?? ""
    }

    @Test(
        "A phone number that is not in international format is refused, with the format",
        arguments: [
            "+1234", "+1234567890123456", "+1 234 567 890", "+(1)234567", "+0123456", "", "+", "tel:+123456", "+12345a", "++123456",
            "+١٢٣٤٥٦", "+123456\n", "01234567",
        ])
    func badPhoneNumber(number: String) async throws {
        let message = try await refused(world.client.devices.get(phoneNumber: number))
        #expect(message.hasPrefix("device.phoneNumber: "))
        #expect(message.contains("5 to 15 digits"))
    }

    @Test("A phone number may come with its plus or without; it is sent with it", arguments: ["+99999991000", "99999991000", "12345"])
    func goodPhoneNumber(number: String) async throws {
        _ = try await world.client.devices.get(phoneNumber: number).createQoDSession(.qosE, "233.252.0.2")
        let body = String(decoding: world.requests[0].body ?? [], as: UTF8.self)
        #expect(body.contains("\"phoneNumber\":\"+\(number.drop { $0 == "+" })\""))
    }

    @Test("A device with no identifier at all is refused")
    func noIdentifier() async throws {
        let message = try await refused(world.client.devices.get())
        #expect(message.hasPrefix("device: "))
        #expect(message.contains("phoneNumber"))
        #expect(await failure { try await world.client.devices.get().sessions() }?.kind == .invalidArgument)
        #expect(await failure { try await world.client.devices.get().clearSessions() }?.kind == .invalidArgument)
        #expect(await failure { try await world.client.profiles.list(for: world.client.devices.get()) }?.kind == .invalidArgument)
        #expect(world.requests.isEmpty)
    }

    @Test("A public IPv4 address alone names no device")
    func publicAddressAlone() async throws {
        let device = world.client.devices.get(ipv4Address: DeviceIPv4Address(publicAddress: "233.252.0.2"))
        let message = try await refused(device)
        #expect(message.hasPrefix("device.ipv4Address: "))
        #expect(message.contains("privateAddress or publicPort"))
        #expect(message.contains("without NAT privateAddress is the same address"))
    }

    @Test("One address names a device without NAT")
    func withoutNAT() {
        let address = DeviceIPv4Address.withoutNAT("10.45.0.2")
        #expect(address == DeviceIPv4Address(publicAddress: "10.45.0.2", privateAddress: "10.45.0.2"))
    }

    @Test(
        "Bad addresses of a device are refused where they stand",
        arguments: [
            (DeviceIPv4Address(publicAddress: "233.252.0.256", publicPort: 80), "device.ipv4Address.publicAddress: "),
            (DeviceIPv4Address(publicAddress: "233.252.0.2/24", publicPort: 80), "device.ipv4Address.publicAddress: "),
            (DeviceIPv4Address(publicAddress: "", publicPort: 80), "device.ipv4Address.publicAddress: "),
            (DeviceIPv4Address(publicAddress: "233.252.0.2", privateAddress: "10.0.0"), "device.ipv4Address.privateAddress: "),
            (DeviceIPv4Address(publicAddress: "233.252.0.2", publicPort: 0), "device.ipv4Address.publicPort: 0 is not in 1...65535"),
            (DeviceIPv4Address(publicAddress: "233.252.0.2", publicPort: 65536), "device.ipv4Address.publicPort: 65536 is not in 1...65535"),
            (DeviceIPv4Address(publicAddress: "233.252.0.2", publicPort: -1), "device.ipv4Address.publicPort: -1 is not in 1...65535"),
            (DeviceIPv4Address(publicAddress: "233.252.0.2", publicPort: .max), "device.ipv4Address.publicPort: "),
        ])
    func badIPv4(address: DeviceIPv4Address, start: String) async throws {
        #expect(try await refused(world.client.devices.get(ipv4Address: address)).hasPrefix(start))
    }

    @Test("A bad IPv6 address of a device is refused", arguments: ["2001:db8::g", "2001:db8::/64", "", "::1::", "fe80::1%eth0", "1.2.3.4"])
    func badIPv6(address: String) async throws {
        #expect(try await refused(world.client.devices.get(ipv6Address: address)).hasPrefix("device.ipv6Address: "))
    }

    @Test("An empty network access identifier is refused, and one that is too long")
    func badIdentifier() async throws {
        #expect(try await refused(world.client.devices.get("")).hasPrefix("device.networkAccessIdentifier: "))
        let long = String(repeating: "a", count: 2049)
        #expect(try await refused(world.client.devices.get(long)).contains("at most 2048"))
    }

    @Test("A session needs a service")
    func noService() async throws {
        let message = try await refused(world.device, service: nil)
        #expect(message.contains("serviceIPv4, serviceIPv6 or applicationServer"))
    }

    @Test("A bad service is refused under the name of its parameter")
    func badService() async throws {
        for text in ["1.2.3", "1.2.3.4/33", "1.2.3.4/", "::1", "example.com", "", "1.2.3.4/8/8", "1.2.3.4 "] {
            #expect(try await refused(world.device, service: text).hasPrefix("serviceIPv4: "))
        }
        for text in ["1.2.3.4", "2001:db8::/129", "2001:db8::/064", "2001:db8", ""] {
            #expect(try await refused(world.device, service: nil, serviceIPv6: text).hasPrefix("serviceIPv6: "))
        }
    }

    @Test("A list of services has 1 to 16 single addresses, each once")
    func badServiceList() async throws {
        let lists: [([String], String)] = [
            ([], "applicationServer: has 0 addresses; 1 to 16 are allowed"),
            ((1...17).map { "10.0.0.\($0)" }, "applicationServer: has 17 addresses"),
            (["10.0.0.1", "10.0.0.0/24"], "applicationServer[1]: "),
            (["10.0.0.1", "nonsense"], "applicationServer[1]: "),
            (["2001:db8::1", "2001:DB8:0::1"], "applicationServer[1]: "),
        ]
        for (list, start) in lists {
            let error = await failure { try await world.device.createQoDSession(profile: .qosE, applicationServer: list) }
            #expect(error?.message.hasPrefix(start) == true, "\(error?.message ?? "")")
        }
        #expect(world.requests.isEmpty)
    }

    @Test("Ports out of range, ranges out of order and empty lists are refused where they stand")
    func badPorts() async throws {
        let specs: [(PortsSpec, String)] = [
            (PortsSpec(), "lists no port"),
            (PortsSpec(ports: [80, 0]), ".ports[1]: 0 is not in 1...65535"),
            (PortsSpec(ports: [65536]), ".ports[0]: 65536 is not in 1...65535"),
            (PortsSpec(ports: [-80]), ".ports[0]: -80 is not in 1...65535"),
            (PortsSpec(ranges: [PortRange(start: 443, end: 80)]), ".ranges[0]: from 443 to 80 is empty"),
            (PortsSpec(ranges: [PortRange(start: 1, end: 2), PortRange(start: 0, end: 80)]), ".ranges[1].start: 0 is not in 1...65535"),
            (PortsSpec(ranges: [PortRange(start: 80, end: 70000)]), ".ranges[0].end: 70000 is not in 1...65535"),
            (PortsSpec(ports: Array(repeating: 80, count: 65_537)), ".ports: has 65537 items"),
        ]
        for (spec, part) in specs {
            let atService = try await refused(world.device, servicePorts: spec)
            #expect(atService.hasPrefix("servicePorts") && atService.contains(part), "\(atService)")
            let atDevice = try await refused(world.device, devicePorts: spec)
            #expect(atDevice.hasPrefix("devicePorts") && atDevice.contains(part), "\(atDevice)")
        }
    }

    @Test(
        "A duration that is not a positive whole number of seconds is refused",
        arguments: [Duration.zero, .seconds(-1), .milliseconds(1500), .milliseconds(999), .nanoseconds(1), .seconds(2_147_483_648)])
    func badDuration(duration: Duration) async throws {
        #expect(try await refused(world.device, duration: duration).hasPrefix("duration: "))
        let session = try await world.makeSession()
        let before = world.requests.count
        #expect(await failure { try await session.extend(by: duration) }?.message.hasPrefix("duration: ") == true)
        #expect(world.requests.count == before)
    }

    @Test("A bad name of a profile is refused", arguments: ["", "ab", "a b c", "../../x", "name/other", String(repeating: "x", count: 257), "ümläut"])
    func badProfile(name: String) async throws {
        #expect(try await refused(world.device, profile: QoSProfileName(name)).hasPrefix("profile: "))
        #expect(await failure { try await world.client.profiles.get(QoSProfileName(name)) }?.message.hasPrefix("name: ") == true)
        #expect(world.requests.isEmpty)
    }

    @Test("A bad sink is refused, and a credential without a sink", arguments: ["", "app.example.com", "ftp://x", "https://", "https://a b", "https://x\r\nHost: y"])
    func badSink(sink: String) async throws {
        #expect(try await refused(world.device, sink: sink).hasPrefix("sink: "))
        let credential = SinkCredential.accessToken("sink-secret", expiresAt: .distantFuture)
        #expect(try await refused(world.device, sinkCredential: credential).hasPrefix("sinkCredential: "))
    }

    @Test("A sink's token that no header can carry is refused without being repeated")
    func badSinkToken() async throws {
        let credential = SinkCredential.accessToken("two words\n", expiresAt: .distantFuture)
        let message = try await refused(world.device, sink: "https://a.example/", sinkCredential: credential)
        #expect(message.hasPrefix("sinkCredential.accessToken: "))
        #expect(!message.contains("two words"))
    }

    @Test("An id of a session cannot lead to another path", arguments: ["../retrieve-sessions", "a/b", "?x", "#x", "%2e%2e", " "])
    func strangeID(id: String) async throws {
        let error = await failure { try await world.client.sessions.get(id) }
        #expect(error?.kind == .notFound)
        let address = world.requests[0].url.absoluteString
        #expect(address.hasPrefix("http://127.0.0.1:9091/quality-on-demand/v1/sessions/"))
        #expect(address.split(separator: "/").count == 6 && !address.contains("?") && !address.contains("#"))
    }

    @Test("An id that is no segment of a path is refused", arguments: ["", ".", "..", String(repeating: "a", count: 257)])
    func impossibleID(id: String) async throws {
        #expect(await failure { try await world.client.sessions.get(id) }?.kind == .invalidArgument)
        #expect(world.requests.isEmpty)
    }

    @Test("Text of the application is shortened and stripped of control characters in messages")
    func excerpts() async throws {
        let message = try await refused(world.device, service: "\u{1b}[31m" + String(repeating: "9", count: 10_000))
        #expect(!message.contains("\u{1b}"))
        #expect(message.count < 200)
    }
}
