import Foundation
import NIOCore
import QoDServer

/// The address of a platform that accepts connections.
public struct PlatformAddress: Hashable, Sendable {
    /// The base URL for clients, such as `http://127.0.0.1:9091`.
    public let baseURL: String
    /// Whether the platform is the Developer Sandbox, whose keys everybody knows.
    public let isSandbox: Bool

    init(_ settings: PlatformSettings, port: Int, hasTestDevices: Bool) {
        let host = settings.server.host
        let scheme = settings.access.tls == nil ? "http" : "https"
        baseURL = "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        isSandbox = settings.isOpenToAnybody && hasTestDevices
    }
}

/// The platform cannot listen on the configured address and port.
public struct ListenError: Error, CustomStringConvertible {
    public let description: String

    init(_ error: IOError, _ configuration: ServerConfiguration) {
        let place = "\(configuration.host), port \(configuration.port)"
        switch error.errnoCode {
        case EADDRINUSE: description = "\(place): is in use by another process; stop that one, or choose another with --port"
        case EADDRNOTAVAIL: description = "\(place): is not an address of this machine; choose another with --host"
        case EACCES: description = "\(place): this user must not listen there; choose a port from 1024 on with --port"
        default: description = "\(place): cannot be listened on: \(String(cString: strerror(error.errnoCode)))"
        }
    }
}
