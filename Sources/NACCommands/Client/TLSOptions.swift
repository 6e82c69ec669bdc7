import ArgumentParser
import Foundation
import NetworkAsCode

/// The certificates that the tool trusts, and the certificate that the tool shows.
struct TLSOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Certificates of authorities to trust beside the system's, PEM, such as the operator's own. (environment: NAC_CA_FILE)",
            valueName: "file"))
    var caFile: String?

    @Option(help: ArgumentHelp("Certificate for servers that ask for one, PEM. (environment: NAC_CERT)", valueName: "file"))
    var cert: String?

    @Option(help: ArgumentHelp("Private key of --cert, PEM. (environment: NAC_KEY)", valueName: "file"))
    var key: String?

    /// The files that the flags and the environment name.
    func settings(_ surroundings: Surroundings) throws(ValidationError) -> ClientConfiguration.TLS {
        try Self.settings(caFile: caFile, cert: cert, key: key, surroundings)
    }

    /// Flags come first, then the environment. Each file is checked here, so that the error about a missing file
    /// begins with the flag or variable that names the file.
    static func settings(
        caFile: String? = nil, cert: String? = nil, key: String? = nil, _ surroundings: Surroundings
    ) throws(ValidationError) -> ClientConfiguration.TLS {
        let authorities = try file("--ca-file", caFile, "NAC_CA_FILE", surroundings)
        let certificate = try file("--cert", cert, "NAC_CERT", surroundings)
        let privateKey = try file("--key", key, "NAC_KEY", surroundings)
        guard (certificate == nil) == (privateKey == nil) else {
            throw ValidationError("--cert and --key (NAC_CERT and NAC_KEY): one is given without the other; give both or none")
        }
        return ClientConfiguration.TLS(authorities: authorities, certificate: certificate, privateKey: privateKey)
    }

    private static func file(
        _ flag: String, _ value: String?, _ variable: String, _ surroundings: Surroundings
    ) throws(ValidationError) -> ClientConfiguration.PEM? {
        guard let path = value ?? surroundings.variable(variable) else { return nil }
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw ValidationError("\(value == nil ? variable : flag): \(path): cannot be read; is it there?")
        }
        return .file(path)
    }
}
