import Foundation
import QualityOnDemand
import Testing

@Suite("Percent-encoding")
struct PercentEncodingTests {
    @Test("keeps the unreserved characters only", arguments: [
        ("", ""), ("AZaz09-._~", "AZaz09-._~"), ("a b", "a%20b"), ("a/b?c#d", "a%2Fb%3Fc%23d"), ("100%", "100%25"), ("+=&", "%2B%3D%26"),
        ("ä€", "%C3%A4%E2%82%AC"), ("\0\n\u{7f}", "%00%0A%7F"),
    ])
    func encoding(text: String, encoded: String) {
        #expect(PercentEncoding.encode(text) == encoded)
        #expect(PercentEncoding.decode(encoded) == text)
    }

    @Test("is read in either case, and a plus sign stays", arguments: [("%2f%2F", "//"), ("a+b", "a+b"), ("%25%32%35", "%25"), ("ä", "ä")])
    func decoding(encoded: String, text: String) {
        #expect(PercentEncoding.decode(encoded) == text)
    }

    @Test("with a wrong digit, without a digit or with bytes that are not UTF-8 is no text", arguments: ["%", "%2", "a%2", "%2g", "%g2", "% 2", "%%20", "%ff", "%c3"])
    func damaged(encoded: String) {
        #expect(PercentEncoding.decode(encoded) == nil)
    }

    @Test("agrees with Foundation for every byte, and for random texts in UTF-8")
    func foundation() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let text = String((0..<Int.random(in: 0...8, using: &generator)).map { _ in "%%%0123456789abcdefABCDEFg+ä /".randomElement(using: &generator)! })
            // Foundation repairs some bytes that are not UTF-8.
            if let decoded = PercentEncoding.decode(text) { #expect(decoded == text.removingPercentEncoding, "\(text)") }
            #expect(PercentEncoding.decode(PercentEncoding.encode(text)) == text)
        }
        for byte in UInt8.min...UInt8.max {
            let text = String(Unicode.Scalar(byte))
            let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
            #expect(PercentEncoding.encode(text) == text.addingPercentEncoding(withAllowedCharacters: plain))
        }
    }
}
