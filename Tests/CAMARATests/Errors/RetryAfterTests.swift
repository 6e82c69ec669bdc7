import CAMARA
import QualityOnDemand
import Testing

@Suite struct RetryAfterTests {
    /// 6 November 1994, 08:49:00.
    private let now = Timestamp(milliseconds: 784_111_740_000)

    @Test(
        "Seconds and all three forms of dates are read",
        arguments: [
            ("0", 0), ("120", 120), ("Sun, 06 Nov 1994 08:49:37 GMT", 37), ("Sunday, 06-Nov-94 08:49:37 GMT", 37),
            ("Sun Nov  6 08:49:37 1994", 37), ("Sun Nov 16 08:49:37 1994", 864_037), ("Sun, 06 Nov 1994 08:48:37 GMT", 0),
            ("99999999999999999999999", 366 * 86_400), ("Sun, 06 Nov 9994 08:49:37 GMT", 366 * 86_400),
        ])
    func good(text: String, seconds: Int) {
        #expect(RetryAfter.parse(text, now: now) == .seconds(seconds))
    }

    @Test(
        "Anything else is nothing",
        arguments: [
            "", " ", "-1", "+1", "1.5", "1 2", "soon", "٣", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 November 1994 08:49:37 GMT", "a b c d e", "a b c d e GMT",
            "1994-11-06T08:49:37Z", "Sun, 06 Foo 1994 08:50:07 GMT", "tomorrow", String(repeating: "1", count: 65),
        ])
    func bad(text: String) {
        #expect(RetryAfter.parse(text, now: now) == nil)
    }
}
