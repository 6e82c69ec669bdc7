import Logging
import QoDServer
import SessionEngine

extension ServeSettings {
    /// What knows clients: by access tokens too where there is an identity provider, or the sandbox's own.
    ///
    /// - Parameter keys: knows them by anything else.
    func authenticator(
        keys: any Authenticator, sandbox: AuthorizationServer?, clock: any EngineClock, logger: Logger
    ) throws(SettingError) -> any Authenticator {
        if let source = try access.keySource(outbound) {
            return CredentialAuthenticator(
                tokens: TokenVerifier(access.tokenRequirements, keys: source, clock: clock, logger: logger), keys: keys)
        }
        guard let sandbox else { return keys }
        // Its keys are new at each start and sign for this platform only: whatever they signed is from here and for here.
        return CredentialAuthenticator(tokens: TokenVerifier(TokenRequirements(), keys: sandbox, clock: clock, logger: logger), keys: keys)
    }

    /// The certificate that the server shows; `nil` where it speaks plain HTTP.
    func transportSecurity(logger: Logger) throws(SettingError) -> ReloadingTLS? {
        guard let files = access.tls else { return nil }
        do { return try ReloadingTLS(files, logger: logger) } catch { throw SettingError(error.description) }
    }
}
