import HTTPTypes
import Testing

@testable import QoDServer
@testable import SandboxAuthorization

@Suite("Forms")
struct FormTests {
    private func read(_ text: String) -> Result<Form, OAuthError> {
        do throws(OAuthError) { return .success(try Form(Array(text.utf8))) } catch { return .failure(error) }
    }

    @Test("fields are decoded", arguments: [
        ("a=b", "b"), ("a=b&c=d", "b"), ("a=%C3%A9", "é"), ("a=x+y", "x y"), ("a=x y", "x y"), ("a=openid a:b", "openid a:b"), ("a=%2B%26%3D%25", "+&=%"), ("a=b=c", "b=c"), ("%61=b", "b"),
        ("a=%c3%a9", "é"), ("c=&a=tel%3A%2B99999991000", "tel:+99999991000"),
    ])
    func decoding(_ text: String, _ value: String) throws {
        #expect(try read(text).get()["a"] == value)
    }

    @Test("a field without a value counts as left out")
    func empty() throws {
        let form = try read("a=&b=1").get()
        #expect(form["a"] == nil && form["b"] == "1" && form["c"] == nil)
        #expect(try read("").get()["a"] == nil)
    }

    @Test("what is no form is refused, and nothing of its values repeated", arguments: [
        "a", "&", "a=b&", "&a=b", "a=b&&c=d", "=b", "a=%", "a=%4", "a=%4x", "a=%zz", "a=%ff", "a=%00", "a=%0a", "a=%7f", "a=\u{e9}",
        "a=%c3%28", "a=s3cret&a=other", "a=&a=", "a=1&%61=2", "a=\u{0}",
        (0..<33).map { "f\($0)=1" }.joined(separator: "&"), "a=" + String(repeating: "x", count: 16_383),
    ])
    func refusals(_ text: String) {
        guard case .failure(let error) = read(text) else { Issue.record("was taken: \(text)"); return }
        #expect(error.code == .invalidRequest && !error.description.contains("s3cret"))
        #expect(error.status == (text.utf8.count > Form.largest ? .contentTooLarge : .badRequest))
    }

    @Test("whole numbers are read strictly", arguments: ["0", "11", "-1", "+5", "1.0", "x", "99999999999999999999", "٣", " 5", "0x5"])
    func integers(_ text: String) throws {
        let form = try read("n=" + text.utf8.map { "%" + String(UInt32($0) + 256, radix: 16).suffix(2) }.joined()).get()
        #expect(throws: OAuthError.self) { () throws(OAuthError) in try form.integer("n", in: 1...10) }
    }

    @Test("random bytes never make it stumble")
    func randomBytes() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("ab=&%+0f9%%==&&\u{80}\u{0}".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in alphabet.randomElement(using: &generator)! }
            do throws(OAuthError) { _ = try Form(bytes) } catch { #expect(error.code == .invalidRequest) }
        }
    }
}
