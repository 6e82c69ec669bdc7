import Testing

@testable import LinuxNetwork

@Suite("Class ids")
struct ClassIDTests {
    @Test("are read only where they are ours", arguments: [("4e41:1f", 0x1f), ("4e41:fffe", 0xfffe), ("1:1f", nil), ("4e41:", nil), ("none", nil)])
    func reads(_ text: String, _ minor: UInt16?) {
        #expect(ClassID(text)?.minor == minor)
    }
}
