import Access
import Foundation
import Logging
import QoDServer
import SandboxAuthorization
import Southbound

extension PlatformSettings {
    /// The authenticator of clients. It accepts access tokens too, if there is an identity provider or the sandbox's
    /// own authorization server.
    ///
    /// - Parameters:
    ///   - keys: authenticates clients by all other credentials.
    ///   - ledger: gets an account of the requests that wait for the identity provider.
    func authenticator(
        keys: any Authenticator, sandbox: AuthorizationServer?, ledger: ResourceLedger, clock: any EngineClock, logger: Logger
    ) throws(SettingError) -> any Authenticator {
        if let source = try access.keySource(outbound) {
            let verifier = TokenVerifier(
                access.tokenRequirements, keys: source, mostWaiters: access.providerWaiters, clock: clock, logger: logger)
            ledger.add(ResourceAccount(verifier.waiters))
            return CredentialAuthenticator(tokens: verifier, keys: keys)
        }
        guard let sandbox else { return keys }
        // The sandbox's authorization server makes new keys at each start and signs tokens for this platform only. So
        // every token with a valid signature is from this platform and for this platform.
        return CredentialAuthenticator(tokens: TokenVerifier(TokenRequirements(), keys: sandbox, clock: clock, logger: logger), keys: keys)
    }

    /// The certificate that the server shows; `nil` if the server speaks plain HTTP.
    func transportSecurity(logger: Logger) throws(SettingError) -> ReloadingTLS? {
        guard let files = access.tls else { return nil }
        do { return try ReloadingTLS(files, logger: logger) } catch { throw SettingError(error.description) }
    }
}

extension PlatformSettings {
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
