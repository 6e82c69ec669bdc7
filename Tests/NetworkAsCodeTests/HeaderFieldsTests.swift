import Testing

@testable import NetworkAsCode

@Suite struct HeaderFieldsTests {
    @Test("Names match in any case; setting replaces all of a name")
    func names() {
        var fields: HeaderFields = ["Accept": "a", "accept": "b", "Other": "c"]
        #expect(fields["ACCEPT"] == "a")
        fields["aCCept"] = "d"
        #expect(fields.map(\.name) == ["Other", "aCCept"])
        fields["accept"] = nil
        #expect(fields["Accept"] == nil)
        fields.append("Other", "e")
        #expect(fields.map(\.value) == ["c", "e"])
    }

    @Test("Fields are made from a dictionary, a literal, or pairs in order")
    func creation() {
        let dictionary = ["Content-Type": "application/json", "Accept": "text/plain"]
        #expect(HeaderFields(dictionary)["content-type"] == "application/json")
        #expect(HeaderFields(["a": "b"])["A"] == "b")
        let literal: HeaderFields = ["a": "b"]
        #expect(literal["A"] == "b")
        #expect(HeaderFields([("a", "1"), ("a", "2")]).map(\.value) == ["1", "2"])
    }

    @Test("Values are shown of harmless fields only")
    func description() {
        let fields: HeaderFields = ["Content-Type": "text/plain", "Cookie": "hidden", "X-RapidAPI-Key": "hidden"]
        #expect("\(fields)" == "[Content-Type: text/plain, Cookie: [redacted], X-RapidAPI-Key: [redacted]]")
    }
}

@Suite struct ConstantTimeTests {
    @Test("Only equal bytes are equal")
    func equality() {
        let texts = ["", "a", "b", "aa", "ab", "aaa", "abab", "\0", "a\0"]
        for a in texts {
            for b in texts {
                #expect(ConstantTime.areEqual(a.utf8, b.utf8) == (a == b))
            }
        }
    }
}

@Suite struct UUIDTextTests {
    @Test("Random ids are UUIDs of version 4, whatever the random numbers are", arguments: [UInt64.min, .max, 0x0123_4567_89ab_cdef])
    func form(random: UInt64) {
        let digits = Array(UUIDText.make { random })
        #expect(digits.count == 36)
        #expect([8, 13, 18, 23].allSatisfy { digits[$0] == "-" })
        #expect(digits[14] == "4" && "89ab".contains(digits[19]))
    }
}
