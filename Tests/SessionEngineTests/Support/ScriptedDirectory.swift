import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import SimulatedNetwork

/// The sandbox's directory with devices that the test moves.
final class ScriptedDirectory: DeviceDirectory {
    private struct State {
        var addresses: [DeviceKey: NetworkAddresses] = [:]
        var failure: DirectoryError?
        var stops = 0
        var asked = 0
    }

    private let state = NIOLockedValueBox(State())
    private let news: AsyncStream<[DeviceKey]>
    private let told: AsyncStream<[DeviceKey]>.Continuation

    init() {
        (news, told) = AsyncStream.makeStream(of: [DeviceKey].self)
    }

    static func key(_ device: Int = 1000) -> DeviceKey { DeviceKey("device-\(device)") }

    /// Moves a device without a report.
    func move(_ device: Int = 1000, to addresses: NetworkAddresses) {
        state.withLockedValue { $0.addresses[Self.key(device)] = addresses }
    }

    func tell(_ device: Int = 1000) { told.yield([Self.key(device)]) }

    /// Sets the error of all further calls; `nil` lets them succeed.
    func fail(_ error: DirectoryError?) { state.withLockedValue { $0.failure = error } }

    /// Lets the next `times` runs of ``run(changed:)`` end with an error.
    func stop(_ times: Int) {
        state.withLockedValue { $0.stops = times }
        told.yield([])
    }

    var timesAsked: Int { state.withLockedValue { $0.asked } }

    func resolve(_ device: Device) async throws(DirectoryError) -> ResolvedDevice {
        let found = try await SandboxDirectory().resolve(device)
        let addresses = state.withLockedValue { $0.addresses[found.key] } ?? found.addresses
        return ResolvedDevice(key: found.key, identifiedBy: found.identifiedBy, addresses: addresses)
    }

    func addresses(of devices: [DeviceKey: NetworkAddresses]) async -> [DeviceKey: Result<NetworkAddresses, DirectoryError>] {
        state.withLockedValue { state in
            state.asked += 1
            return Dictionary(uniqueKeysWithValues: devices.map { device, former in
                (device, state.failure.map { .failure($0) } ?? .success(state.addresses[device] ?? former))
            })
        }
    }

    private struct Stopped: Error {}

    func run(changed: @escaping @Sendable ([DeviceKey]) async -> Void) async throws {
        for await devices in news {
            let isStopping = state.withLockedValue { state in
                defer { state.stops = max(state.stops - 1, 0) }
                return state.stops > 0
            }
            if isStopping { throw Stopped() }
            await changed(devices)
        }
        try Task.checkCancellation()
    }
}
