public import QualityOnDemand
public import Southbound
public import Testing

/// The contract of every device directory, as checks that each directory must pass.
public enum DeviceDirectoryConformance {
    /// The devices for the checks.
    public struct Subjects: Sendable {
        /// One device, named by each of its identifiers in turn.
        public let device: [Device]
        /// Another device.
        public let other: Device
        /// A device that does not belong to the network.
        public let stranger: Device

        public init(device: [Device], other: Device, stranger: Device) {
            self.device = device
            self.other = other
            self.stranger = stranger
        }
    }

    /// One check. Its name is the required behaviour.
    public struct Check: Sendable, CustomTestStringConvertible {
        public let testDescription: String
        private let body: @Sendable (any DeviceDirectory, Subjects) async throws -> Void

        init(_ name: String, _ body: @escaping @Sendable (any DeviceDirectory, Subjects) async throws -> Void) {
            testDescription = name
            self.body = body
        }

        public func run(_ directory: any DeviceDirectory, _ subjects: Subjects) async throws {
            try await body(directory, subjects)
        }
    }

    public static let checks: [Check] = [
        Check("a device has one key and its addresses, by whichever identifier it is named") { directory, subjects async throws in
            var found: Set<ResolvedDevice> = []
            for device in subjects.device {
                let one = try await directory.resolve(device)
                #expect(device.has(one.identifiedBy))
                found.insert(ResolvedDevice(key: one.key, identifiedBy: .phoneNumber, addresses: one.addresses))
            }
            #expect(found.count == 1)
            #expect(try await directory.resolve(subjects.other).key != found.first?.key)
        },
        Check("a stranger is not found") { directory, subjects async throws in
            await #expect(throws: DirectoryError.notFound) { try await directory.resolve(subjects.stranger) }
        },
        Check("the addresses of a key are those that the device is found with, whatever they were") { directory, subjects async throws in
            let found = try await directory.resolve(subjects.device[0])
            #expect(try await directory.addresses(of: found.key, formerly: found.addresses) == found.addresses)
        },
        Check("a key that is nobody's keeps the addresses that nobody has") { directory, _ async throws in
            let former = NetworkAddresses(ipv4: IPv4Address(rawValue: 0xc000_0263), ipv6: nil)
            #expect(try await directory.addresses(of: DeviceKey("phone:nobody"), formerly: former) == former)
        },
        Check("works until it is cancelled") { directory, _ async throws in
            let working = Task { try await directory.run { _ in } }
            try await pause(for: .milliseconds(20))
            working.cancel()
            await #expect(throws: CancellationError.self) { try await working.value }
        },
    ]
}
