import Foundation
import NetworkAsCode

/// The tutorial's application: a better connection for one device, from start to end.
///
/// It uses the Developer Sandbox (`nac serve`), unless `NAC_SERVER` and `NAC_TOKEN` name another server.
@main
struct QuickStart {
    static func main() async {
        do {
            try await run()
        } catch {
            print("failed     ", error)
            exit(1)
        }
    }

    static func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let token = environment["NAC_TOKEN"] ?? "sandbox"
        guard let address = URL(string: environment["NAC_SERVER"] ?? "http://127.0.0.1:9091") else {
            throw InvalidAddress()
        }

        let client = NetworkAsCodeClient(token: token, server: .server(address))
        let device = client.devices.get("device-2000@testcsp.net", phoneNumber: "+99999992000")

        let session = try await device.createQoDSession(profile: .downlinkLUplinkL, serviceIPv4: "233.252.0.2", duration: .seconds(3600))
        print("created    ", session)

        let available = try await session.waitUntilAvailable()
        print("available  ", available)

        for session in try await device.sessions() { print("listed     ", session) }

        print("extended   ", try await available.extend(by: .seconds(600)))

        print("cleared    ", try await device.clearSessions().joined(separator: ", "))
    }
}

struct InvalidAddress: Error, CustomStringConvertible {
    let description = "NAC_SERVER is not an address such as http://127.0.0.1:9091"
}
