import Foundation
import NetworkAsCode
import QoDTestSupport
import Testing

extension Integration {
    /// The SDK on the real server: the tutorial's code, and other typical calls of applications.
    @Suite struct TutorialTests {
        @Test("the tutorial's code works word for word", .timeLimit(.minutes(15)))
        func tutorial() async throws {
            try await ServerProcess.with { server in
                let client = server.client()
                let device = client.devices.get("device@testcsp.net",
                    ipv4Address: DeviceIPv4Address(publicAddress: "233.252.0.2", privateAddress: "192.0.2.25", publicPort: 80),
                    ipv6Address: "2001:db8:1234:5678:9abc:def0:fedc:ba98",
                    phoneNumber: "+99999991000")
                let session = try await device.createQoDSession(profile: .downlinkLUplinkL, serviceIPv4: "233.252.0.2", serviceIPv6: "2001:db8::1",
                    servicePorts: PortsSpec(ranges: [PortRange(start: 80, end: 443)]), devicePorts: PortsSpec(ports: [1600, 2000]))
                let id = session.id
                #expect(session.status == .available)
                #expect(session.profile == .downlinkLUplinkL)
                #expect(session.duration == .seconds(86_400))

                let listed = try await device.sessions()
                #expect(listed.map(\.id) == [id])
                let found = try await client.sessions.get(id)
                #expect(found.expiresAt == session.expiresAt)
                #expect(found.servicePorts == PortsSpec(ranges: [PortRange(start: 80, end: 443)]))
                #expect(found.devicePorts == PortsSpec(ports: [1600, 2000]))
                // The session already has the longest allowed duration.
                #expect(try await session.extend(by: .seconds(600)).duration == .seconds(86_400))
                try await session.delete()
                #expect(try await device.sessions().isEmpty)

                _ = try await device.createQoDSession(.qosE, "233.252.0.2", "2001:db8::1")
                _ = try await device.createQoDSession("QOS_S", serviceIPv4: "233.252.0.3")
                #expect(try await device.clearSessions().count == 2)
                #expect(try await device.sessions().isEmpty)
            }
        }

        @Test("an extension moves the end by as much")
        func extending() async throws {
            try await ServerProcess.with { server in
                let device = server.client().devices.get(phoneNumber: "+99999991001")
                let session = try await device.createQoDSession(profile: .qosL, serviceIPv4: "233.252.0.2", duration: .seconds(60))
                let extended = try await session.extend(by: .seconds(600))
                #expect(extended.duration == .seconds(660))
                #expect(extended.expiresAt == session.expiresAt?.addingTimeInterval(600))
                #expect(try await session.refresh() == extended)
            }
        }

        @Test("each identifier of a test device names the same device", arguments: [1234, 1999])
        func identifiers(number: Int) async throws {
            try await ServerProcess.with { server in
                let devices = server.client().devices
                let names = [
                    devices.get("device-\(number)@testcsp.net"), devices.get(phoneNumber: "+9999999\(number)"),
                    devices.get(ipv6Address: "2001:db8:45::\(number)"),
                    devices.get(ipv4Address: DeviceIPv4Address(publicAddress: "233.252.0.1", publicPort: number)),
                    devices.get(ipv4Address: DeviceIPv4Address(publicAddress: "233.252.0.1", privateAddress: "10.45.\(number / 250).\(number % 250 + 1)")),
                ]
                let session = try await names[0].createQoDSession(profile: .qosS, serviceIPv4: "233.252.0.2")
                for name in names { #expect(try await name.sessions().map(\.id) == [session.id], "\(name)") }
            }
        }

        @Test("a service may be IPv6 only, a subnet, or a list of 16 addresses; ports come back as they were given")
        func services() async throws {
            try await ServerProcess.with { server in
                let device = server.client().devices.get(phoneNumber: "+99999991002")
                let six = try await device.createQoDSession(profile: .qosS, serviceIPv6: "2001:db8::/64")
                #expect(six.service == .subnets(ipv4: nil, ipv6: "2001:db8::/64"))
                let addresses = (1...15).map { "198.51.100.\($0)" } + ["2001:db8:1::1"]
                let ports = PortsSpec(ranges: [PortRange(start: 1, end: 1023), PortRange(start: 60_000, end: 65_535)], ports: [8443, 8080])
                let list = try await device.createQoDSession(profile: .qosS, applicationServer: addresses, servicePorts: ports, devicePorts: ports)
                #expect(list.service == .addresses(addresses))
                let found = try await list.refresh()
                #expect(found.service == .addresses(addresses))
                #expect(found.servicePorts == ports)
                #expect(found.devicePorts == ports)
                #expect(try await device.sessions().count == 2)
            }
        }

        @Test("profiles can be listed and got by name")
        func profiles() async throws {
            try await ServerProcess.with { server in
                let client = server.client()
                let names = Set(try await client.profiles.list().map(\.name))
                #expect(names.isSuperset(of: [.downlinkSUplinkS, .downlinkLUplinkL, .qosS, .qosM, .qosL, .qosE, .legacy, .future, .short]))
                let device = client.devices.get(phoneNumber: "+99999991000")
                #expect(try await client.profiles.list(for: device).contains { $0.name == .qosE })
                let profile = try await client.profiles.get(.qosE)
                #expect(profile.targetMinDownstreamRate == DataRate(bitsPerSecond: 500_000))
                #expect(profile.maxUpstreamRate == DataRate(bitsPerSecond: 500_000))
                #expect(profile.packetDelayBudget == .milliseconds(20))
                #expect(try await client.profiles.get(.short).maxDuration == .seconds(300))
            }
        }

        @Test("the example prints the whole course of a session", .enabled(if: Binaries.quickStart != nil, "needs the example: build it"))
        func quickStart() async throws {
            let program = try #require(Binaries.quickStart)
            try await ServerProcess.with { server in
                try await TemporaryFolder.with { folder in
                    let run = try ChildProcess(program, [], environment: ["NAC_SERVER": server.address, "NAC_TOKEN": "sandbox"], in: folder)
                    #expect(try await run.exitCode(within: .seconds(20)) == 0)
                    let lines = run.output.split(separator: "\n")
                    #expect(lines.map { $0.prefix { $0 != " " } } == ["created", "available", "listed", "extended", "cleared"], "\(run.output)\(run.errors)")
                    #expect(lines.first?.contains("REQUESTED") == true)
                    #expect(lines.dropFirst().first?.contains("AVAILABLE") == true)
                }
            }
        }
    }
}
