import Foundation
import NIOCore
import QoDServer

/// The platform cannot listen on the configured address and port.
struct ListenError: Error, CustomStringConvertible {
    let description: String

    init(_ error: IOError, _ configuration: ServerConfiguration) {
        let place = "\(configuration.host), port \(configuration.port)"
        switch error.errnoCode {
        case EADDRINUSE: description = "\(place): is in use by another process; stop that one, or choose another with --port"
        case EADDRNOTAVAIL: description = "\(place): is not an address of this machine; choose another with --host"
        case EACCES: description = "\(place): may not be listened on by this user; choose a port from 1024 on with --port"
        default: description = "\(place): cannot be listened on: \(String(cString: strerror(error.errnoCode)))"
        }
    }
}
