import Foundation
import QoDServer

extension ServeSettings {
    /// The host names, beside the loopback names, that requests to a sandbox may use; `nil` for a platform with keys
    /// of its own.
    var acceptedHosts: Set<String>? {
        guard isOpenToAnybody, listensOnLoopbackOnly else { return nil }
        guard let host = sandbox.issuer.flatMap({ URLComponents(string: $0)?.host }) else { return [] }
        return [host]
    }

    /// Checks that only this machine reaches a platform with keys that everybody knows.
    ///
    /// The check comes after the database is open, because stored keys count like the keys in the settings.
    func checkReach() throws(SettingError) {
        guard !isOpenToAnybody || listensOnLoopbackOnly else {
            throw SettingError(
                """
                server.host: \(server.host) can be reached by others, and the sandbox's key is known to all; set auth.keys, make a key with \
                nac key create, or listen on 127.0.0.1
                """)
        }
    }
}
