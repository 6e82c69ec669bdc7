public import SessionEngine

/// Where a ``GatewayDirectory`` knows its devices from.
public struct GatewayDirectoryConfiguration: Sendable {
    /// An address or prefix in here is a device, and stands for itself where no entry has it.
    public var subnets: [DeviceSubnet] = []
    /// Devices that never change but by a restart.
    public var entries: [DeviceEntry] = []
    /// A file of more, watched.
    public var file: EntryFile?
    /// Files of DHCP leases, dnsmasq's or Kea's, watched.
    public var leases: [String] = []
    /// Whether public addresses with their ports are looked up in the kernel's connection tracking table.
    public var usesConnectionTracking = false

    public init() {}

    /// A file of entries, and how it is read.
    public struct EntryFile: Sendable {
        public var path: String
        /// The entries that stand in a file, each with its place; throws what is wrong with it.
        public var read: @Sendable ([UInt8]) throws -> [DeviceEntry]

        public init(path: String, read: @escaping @Sendable ([UInt8]) throws -> [DeviceEntry]) {
            self.path = path
            self.read = read
        }
    }
}

/// Settings or files with which there can be no directory.
public struct GatewayDirectoryError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
