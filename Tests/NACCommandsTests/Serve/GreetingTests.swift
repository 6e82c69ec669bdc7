import QoDServer
import Testing

@testable import NACCommands
@testable import Platform

@Suite struct GreetingTests {
    @Test func `the sandbox greets with its address, its key and something to try`() {
        let text = Greeting(address: PlatformAddress(PlatformSettings(), port: 4711, hasTestDevices: true)).text
        #expect(text.hasPrefix("Developer Sandbox at http://127.0.0.1:4711\nAPI key: sandbox\n"))
        #expect(text.contains("curl -s http://127.0.0.1:4711/quality-on-demand/v1/sessions"))
        #expect(text.contains("NetworkAsCodeClient("))
        #expect(text.contains("TOKEN=$(curl -s http://127.0.0.1:4711/oauth2/token -u sandbox:sandbox"))
        #expect(text.contains(#"sed 's/.*"access_token":"\([^"]*\)".*/\1/'"#))
        #expect(text.contains(#"-H "Authorization: Bearer $TOKEN""#))
    }

    @Test func `with keys of one's own no key is shown`() {
        var settings = PlatformSettings()
        settings.keys = [PlatformSettings.APIKey(client: "me", key: "s3cret99")]
        settings.server.host = "::"
        #expect(Greeting(address: PlatformAddress(settings, port: 80, hasTestDevices: true)).text == "Quality on Demand at http://[::]:80")
    }
}
