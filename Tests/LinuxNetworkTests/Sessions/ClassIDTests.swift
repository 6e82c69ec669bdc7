import Testing

@testable import LinuxNetwork

@Suite("Class ids")
struct ClassIDTests {
    @Test("are handed out once each, and the one given back comes last")
    func goesRound() {
        var pool = ClassIDPool()
        let ids = [pool.take(), pool.take()]
        #expect(ids.map { $0?.description } == ["4e41:10", "4e41:11"])
        pool.giveBack(ClassID(minor: 0x10))
        let third = pool.take()
        #expect(third?.description == "4e41:12")
    }

    @Test("run out only when all are taken, and come back")
    func runsOut() {
        var pool = ClassIDPool()
        var ids: Set<ClassID> = []
        while let id = pool.take() { ids.insert(id) }
        #expect(ids.count == 0xfffe - 0x10 + 1)
        #expect(!ids.contains(.root) && !ids.contains(.bestEffort))
        let given = ClassID(minor: 0x1234)
        pool.giveBack(given)
        let rest = [pool.take(), pool.take()]
        #expect(rest == [given, nil])
    }

    @Test("in use before the start are not handed out")
    func takesOver() {
        var pool = ClassIDPool(taken: [ClassID(minor: 0x10), ClassID(minor: 0x12)])
        var full = ClassIDPool(taken: [ClassID(minor: 0xfffe), ClassID(minor: 0x10)])
        let next = (pool.take(), full.take())
        #expect(next.0?.minor == 0x13 && next.1?.minor == 0x11)
    }

    @Test("are read only where they are ours", arguments: [("4e41:1f", 0x1f), ("4e41:fffe", 0xfffe), ("1:1f", nil), ("4e41:", nil), ("none", nil)])
    func reads(_ text: String, _ minor: UInt16?) {
        #expect(ClassID(text)?.minor == minor)
    }
}
