import ArgumentParser
import Foundation
import NetworkAsCode
import QualityOnDemand

/// The sink that receives notifications of the session, and the token for the sink.
struct SinkOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Your https address that receives the session's notifications.", valueName: "url"))
    var sink: String?

    @Option(
        help: ArgumentHelp(
            "Token that notifications carry to your address. Other users can see it in the list of processes: NAC_SINK_TOKEN is safer.",
            valueName: "token"))
    var sinkToken: String?

    static let variable = "NAC_SINK_TOKEN"
    /// In seconds. Longer than any session, because a session ends after 24 hours at most.
    static let tokenLifetime = 48 * 3600

    func validate() throws {
        guard let sink else {
            guard sinkToken == nil else { throw ValidationError("--sink-token: is given without --sink; give both or none") }
            return
        }
        try reading("--sink") { () throws(InvalidValue) in try Self.check(sink) }
        if let token = Surroundings.current.variable(Self.variable), sinkToken == nil { try Self.check(token: token, from: Self.variable) }
        if let sinkToken { try Self.check(token: sinkToken, from: "--sink-token") }
    }

    /// The credential for the sink, if there is one. A note warns about a token in a flag, because other users of the
    /// machine can see flags.
    func credential(_ surroundings: Surroundings) -> NetworkAsCode.SinkCredential? {
        guard sink != nil else { return nil }
        if sinkToken != nil {
            try? surroundings.errors.write("nac: note: --sink-token can be seen in the list of processes; \(Self.variable) cannot\n")
        }
        let end = surroundings.time.wallTime().adding(seconds: Self.tokenLifetime)
        return (sinkToken ?? surroundings.variable(Self.variable)).map { token in
            .accessToken(token, expiresAt: Date(timeIntervalSince1970: Double(end.milliseconds) / 1000))
        }
    }

    private static func check(_ sink: String) throws(InvalidValue) {
        let start = ["https://", "http://"].first { sink.lowercased().hasPrefix($0) }
        guard let start, sink.utf8.count > start.utf8.count, sink.utf8.count <= 2048, sink.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { throw InvalidValue("\"\(Excerpt.of(sink))\" is not an address such as https://app.example.com/events") }
    }

    private static func check(token: String, from source: String) throws(ValidationError) {
        guard (1...4096).contains(token.utf8.count), token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw ValidationError("\(source): is not a token; 1 to 4096 visible ASCII characters without spaces are allowed")
        }
    }
}
