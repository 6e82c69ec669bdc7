#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension NetworkAsCodeClient {
    /// A server of the APIs. Its address is the part before `/quality-on-demand/v1` and `/qos-profiles/v1`.
    public struct Server: Hashable, Sendable, CustomStringConvertible {
        /// The address.
        public let url: URL
        /// The value of `X-RapidAPI-Host`; `nil` for a server that is not behind RapidAPI.
        let rapidAPIHost: String?

        /// Nokia's Network as Code gateway.
        public static let nokia = Server(
            address: "https://network-as-code.p-eu.rapidapi.com", rapidAPIHost: "network-as-code.nokia.rapidapi.com")

        /// The Developer Sandbox that `nac serve` starts on this machine.
        public static let sandbox = Server(address: "http://127.0.0.1:9091", rapidAPIHost: nil)

        /// Any other server, by its address: `http` or `https`, with or without a path. If the address cannot be used,
        /// every request fails with ``NetworkAsCodeError/Kind-swift.struct/invalidArgument``.
        public static func server(_ url: URL) -> Server {
            Server(url: url, rapidAPIHost: nil)
        }

        private init(url: URL, rapidAPIHost: String?) {
            self.url = url
            self.rapidAPIHost = rapidAPIHost
        }

        private init(address: StaticString, rapidAPIHost: String?) {
            guard let url = URL(string: "\(address)") else { preconditionFailure("\(address) is not an address") }
            self.init(url: url, rapidAPIHost: rapidAPIHost)
        }

        /// The address.
        public var description: String { url.absoluteString }
    }
}
