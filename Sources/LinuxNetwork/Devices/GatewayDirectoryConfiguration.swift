public import Southbound

/// The sources of the devices of a ``GatewayDirectory``.
public struct GatewayDirectoryConfiguration: Sendable {
    /// An address or prefix in one of these subnets is a device itself, unless an entry has it.
    public var subnets: [DeviceSubnet] = []
    /// Devices that change only at a restart.
    public var entries: [DeviceEntry] = []
    /// A file of more entries, watched for changes.
    public var file: EntryFile?
    /// Files of DHCP leases, of dnsmasq or Kea, watched for changes.
    public var leases: [String] = []
    /// Whether public addresses with their ports are looked up in the kernel's connection tracking table.
    public var usesConnectionTracking = false

    public init() {}

    /// A file of entries, and the function that reads it.
    public struct EntryFile: Sendable {
        public var path: String
        /// Returns the entries of a file, each with its place; throws if the file has an error.
        public var read: @Sendable ([UInt8]) throws -> [DeviceEntry]

        public init(path: String, read: @escaping @Sendable ([UInt8]) throws -> [DeviceEntry]) {
            self.path = path
            self.read = read
        }
    }
}

/// Settings or files that cannot make a directory.
public struct GatewayDirectoryError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
