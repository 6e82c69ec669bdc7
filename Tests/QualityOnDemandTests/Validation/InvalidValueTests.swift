import QualityOnDemand
import Testing

@Suite("What is told of invalid values")
struct InvalidValueTests {
    @Test("the path grows from the inside out")
    func path() {
        let error = InvalidValue("70000 is not in 1...65535").at("from").at(index: 1).at("ranges").at("devicePorts")
        #expect(error.description == "devicePorts.ranges[1].from: 70000 is not in 1...65535")
        #expect(error.pathDescription == "devicePorts.ranges[1].from")
        #expect(error.path == [.property("devicePorts"), .property("ranges"), .index(1), .property("from")])
    }

    @Test("an error about the whole document has no path")
    func noPath() {
        #expect(InvalidValue("is null, not an object").description == "is null, not an object")
        #expect(InvalidValue("is wrong").at(index: 0).at(index: 2).description == "[2][0]: is wrong")
    }

    @Test("the kind survives the way out")
    func kind() {
        #expect(InvalidValue("is wrong", kind: .token).at("a").at(index: 1).kind == .token)
        #expect(InvalidValue("is wrong").kind == .argument)
    }

    @Test("errors thrown from within get the property or the index they passed")
    func passing() {
        let error = #expect(throws: InvalidValue.self) {
            try at("list") { () throws(InvalidValue) in
                try at(index: 3) { () throws(InvalidValue) in try IPv4Address("x") }
            }
        }
        #expect(error?.pathDescription == "list[3]")
    }

    @Test("a property's name in a path is cut and cleaned like any other text of a client")
    func namesAreExcerpts() {
        let name = String(repeating: "n", count: 100)
        #expect(InvalidValue("is wrong").at(name).pathDescription == String(repeating: "n", count: 64) + "…")
        #expect(InvalidValue("is wrong").at("a\nb").pathDescription == "a\u{fffd}b")
    }

    @Test("an excerpt ends after 64 characters", arguments: [(0, 0), (63, 63), (64, 64), (65, 65), (10_000, 65)])
    func length(count: Int, length: Int) {
        let excerpt = Excerpt.of(String(repeating: "x", count: count))
        #expect(excerpt.unicodeScalars.count == length)
        #expect(excerpt.hasSuffix("…") == (count > 64))
    }

    @Test("an excerpt counts scalars, so that stacked accents cannot lengthen it")
    func accents() {
        let excerpt = Excerpt.of("e" + String(repeating: "\u{301}", count: 1_000))
        #expect(excerpt.unicodeScalars.count == 65)
    }

    @Test("an excerpt has no control characters and nothing that turns the direction of writing", arguments: [
        "\u{0}", "\t", "\n", "\r", "\u{1b}", "\u{7f}", "\u{85}", "\u{9f}", "\u{202a}", "\u{202e}", "\u{2066}", "\u{2069}", "\r\n",
    ])
    func control(text: String) {
        #expect(Excerpt.of("a\(text)b").unicodeScalars.allSatisfy { "ab\u{fffd}".unicodeScalars.contains($0) })
    }

    @Test("other text stays as it is")
    func plain() {
        #expect(Excerpt.of("198.51.100.7 é漢😀\"\\") == "198.51.100.7 é漢😀\"\\")
    }
}
