import Foundation
import Platform

/// The text that `nac serve` prints on standard output when the platform is ready.
struct Greeting {
    let address: PlatformAddress

    var text: String {
        let baseURL = address.baseURL
        guard address.isSandbox else { return "Quality on Demand at \(baseURL)" }
        return """
            Developer Sandbox at \(baseURL)
            API key: sandbox

            Try it:
              curl -s \(baseURL)/quality-on-demand/v1/sessions -H 'X-RapidAPI-Key: sandbox' -H 'Content-Type: application/json' \
            -d '{"device":{"phoneNumber":"+99999991000"},"applicationServer":{"ipv4Address":"233.252.0.2"},"qosProfile":"QOS_L","duration":3600}'
            or with an access token of its own authorization server:
              TOKEN=$(curl -s \(baseURL)/oauth2/token -u sandbox:sandbox -d grant_type=client_credentials | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
              curl -s \(baseURL)/qos-profiles/v1/qos-profiles/QOS_L -H "Authorization: Bearer $TOKEN"
            or in Swift:
              let client = NetworkAsCodeClient(token: "sandbox", server: .server(URL(string: "\(baseURL)")!))
              let session = try await client.devices.get(phoneNumber: "+99999991000").createQoDSession(profile: .qosL, serviceIPv4: "233.252.0.2")
            """
    }
}

/// Prints a text without a delay. For a pipe, the text would otherwise stay in a buffer.
func writeAtOnce(_ text: String) {
    print(text, terminator: "")
    fflush(nil)
}
