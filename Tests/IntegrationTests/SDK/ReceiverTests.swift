import Foundation
import NetworkAsCode
import QoDTestSupport
import Testing

extension Integration {
    /// The documentation's receiver of notifications.
    @Suite(.enabled(if: Binaries.receiver != nil, "needs the example: build it")) struct ReceiverTests {
        @Test("the example receives what happens to a session, and refuses what does not know its token", .timeLimit(.minutes(1)))
        func receives() async throws {
            try await ServerProcess.with { server in
                try await TemporaryFolder.with { folder in
                    let token = "0123456789abcdef"
                    let receiver = try ChildProcess(try #require(Binaries.receiver), [], environment: ["SINK_TOKEN": token, "PORT": "0"], in: folder)
                    var port: String?
                    try await wait(upTo: .seconds(20), for: "the receiver") {
                        port = receiver.output.firstMatch(of: /listening on port ([0-9]+)/).map { String($0.1) }
                        return port != nil
                    }
                    let sink = "http://127.0.0.1:\(try #require(port))/events"
                    let devices = server.client().devices
                    let expiry = Date(timeIntervalSinceNow: 3600)
                    let session = try await devices.get(phoneNumber: "+99999994000").createQoDSession(
                        profile: .qosE, serviceIPv4: "233.252.0.2", sink: sink, sinkCredential: .accessToken(token, expiresAt: expiry))
                    _ = try await devices.get(phoneNumber: "+99999991000").createQoDSession(
                        profile: .qosE, serviceIPv4: "233.252.0.2", sink: sink, sinkCredential: .accessToken("another-token", expiresAt: expiry))
                    try await wait(upTo: .seconds(20), for: "the notifications") {
                        receiver.output.contains("session \(session.id): UNAVAILABLE NETWORK_TERMINATED")
                            && receiver.output.contains("refused: the token is not the expected token")
                    }
                    #expect(receiver.output.contains("session \(session.id): AVAILABLE"))
                }
            }
        }
    }
}
