import Foundation
import NetworkAsCode
import Testing

@Suite struct ProfilesTests {
    let world = World()

    @Test("All profiles are listed with what they promise")
    func list() async throws {
        let profiles = try await world.client.profiles.list()
        #expect(profiles.count == 16)
        let lowLatency = try #require(profiles.first { $0.name == .qosE })
        #expect(lowLatency.status == .active)
        #expect(lowLatency.targetMinDownstreamRate == DataRate(bitsPerSecond: 500_000))
        #expect(lowLatency.maxUpstreamRate?.description == "500 kbit/s")
        #expect(lowLatency.packetDelayBudget == .milliseconds(20))
        #expect(lowLatency.priority == 1)
        #expect(lowLatency.minDuration == .seconds(1) && lowLatency.maxDuration == .seconds(86_400))
        #expect(profiles.first { $0.name == .legacy }?.status == .deprecated)
        #expect(profiles.first { $0.name == .future }?.status == .inactive)
        #expect(String(decoding: world.requests[0].body ?? [], as: UTF8.self) == "{}")
    }

    @Test("Profiles can be asked for by device")
    func listForDevice() async throws {
        _ = try await world.client.profiles.list(for: world.device)
        #expect(String(decoding: world.requests[0].body ?? [], as: UTF8.self) == #"{"device":{"phoneNumber":"+99999991000"}}"#)
        #expect(world.requests[0].method == "POST")
    }

    @Test("One profile is got by its name; there may be none")
    func get() async throws {
        #expect(try await world.client.profiles.get("SHORT").maxDuration == .seconds(300))
        #expect(world.requests[0].url.absoluteString == "http://127.0.0.1:9091/qos-profiles/v1/qos-profiles/SHORT")
        #expect(await failure { try await world.client.profiles.get("NONE_SUCH") }?.kind == .notFound)
    }

    @Test("Rates print in the largest unit that fits", arguments: [(0, "0 bit/s"), (999, "999 bit/s"), (1500, "1500 bit/s"), (20_000_000, "20 Mbit/s"), (2_000_000_000_000, "2 Tbit/s")])
    func rates(bits: Int, text: String) {
        #expect(DataRate(bitsPerSecond: bits).description == text)
    }
}
