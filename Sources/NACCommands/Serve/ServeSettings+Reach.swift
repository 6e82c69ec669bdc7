import Foundation
import QoDServer

extension ServeSettings {
    /// The names beside those of loopback by which a sandbox may be called; `nil` for a platform with keys of its own.
    var acceptedHosts: Set<String>? {
        guard isOpenToAnybody, listensOnLoopbackOnly else { return nil }
        guard let host = sandbox.issuer.flatMap({ URLComponents(string: $0)?.host }) else { return [] }
        return [host]
    }

    /// Sees that a platform whose keys everybody knows is reached by this machine only. Known when the database is open: keys that
    /// are stored in it count like those in the settings.
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
