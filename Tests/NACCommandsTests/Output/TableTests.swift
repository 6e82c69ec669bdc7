import QualityOnDemand
import Testing

@testable import NACCommands

@Suite struct TableTests {
    private let table = Table(
        columns: [.init("NAME"), .init("SIZE"), .init("WORDS", least: 6)],
        rows: [["東京", "1", "one"], ["naïve", "20", "a long description"], ["", "3", ""]])

    private func page(_ width: Int? = nil, colours: Bool = false) -> Page {
        Page(now: World.start, width: width, hasColours: colours)
    }

    @Test func `columns are as wide as their widest text, and lines end without blanks`() {
        #expect(
            table.text(on: page()) == """
                NAME   SIZE  WORDS
                東京   1     one
                naïve  20    a long description
                       3
                """)
    }

    @Test func `what does not fit is cut, but not further than makes sense`() {
        #expect(table.text(on: page(24)).split(separator: "\n")[2] == "naïve  20    a long des…")
        #expect(table.text(on: page(5)).split(separator: "\n")[2] == "naïve  20    a lon…")
    }

    @Test func `a column that may go is left out where cutting is not enough`() {
        let table = Table(columns: [.init("A"), .init("B", least: 4, mayGo: true), .init("C")], rows: [["1", "long text", "3"]])
        #expect(table.text(on: page(10)) == "A  B     C\n1  lon…  3")
        #expect(table.text(on: page(9)) == "A  C\n1  3")
    }

    @Test func `there are colours only where the page has them`() {
        let table = Table(columns: [.init("STATUS"), .init("B")], rows: [[Cell("AVAILABLE", .good), "x"]])
        #expect(table.text(on: page()) == "STATUS     B\nAVAILABLE  x")
        #expect(table.text(on: page(colours: true)) == "\u{1b}[2mSTATUS\u{1b}[0m     \u{1b}[2mB\u{1b}[0m\n\u{1b}[32mAVAILABLE\u{1b}[0m  x")
    }

    @Test func `fields without a value are left out and the others aligned`() {
        #expect(Fields([("A", "1"), ("Long", nil), ("Bcd", "2")]).text(on: page()) == "A    1\nBcd  2")
    }

    @Test(arguments: [
        ("", 0), ("abc", 3), ("東京", 4), ("e\u{301}", 1), ("한글", 4), ("👍", 2), ("👨‍👩‍👧", 2), ("ＡＢ", 4), ("–…", 2), ("ﾊﾝｶｸ", 4),
    ])
    func `the width of a text is what it takes on a terminal`(text: String, width: Int) {
        #expect(TextWidth.of(text) == width)
    }

    @Test func `a wide character is not cut in half`() {
        #expect(TextWidth.cut("東京都", to: 4) == "東…")
        #expect(TextWidth.cut("東京都", to: 5) == "東京…")
        #expect(TextWidth.cut("東京都", to: 6) == "東京都")
    }

    @Test func `what a server says cannot move the cursor or begin a line`() {
        #expect(Cell("a\u{1b}[31mb\nc\td\u{202e}").text == "a\u{fffd}[31mb c d\u{fffd}")
    }
}
