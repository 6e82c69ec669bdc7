import Testing

@testable import LinuxNetwork

@Suite("The pool of classes")
struct ClassPoolTests {
    @Test("hands out each name once, and the one given back comes last")
    func goesRound() {
        var pool = ClassPool()
        let ids = [pool.take(), pool.take()]
        #expect(ids.map { $0?.id.description } == ["4e41:10", "4e41:11"])
        pool.giveBack(ClassID(minor: 0x10), isKept: false)
        let third = pool.take()
        #expect(third?.id.description == "4e41:12")
    }

    @Test("runs out only when all are taken, and they come back")
    func runsOut() {
        var pool = ClassPool()
        var ids: Set<ClassID> = []
        while let place = pool.take() { ids.insert(place.id) }
        #expect(ids.count == 0xfffe - 0x10 + 1)
        #expect(!ids.contains(.root) && !ids.contains(.bestEffort))
        let given = ClassID(minor: 0x1234)
        pool.giveBack(given, isKept: false)
        let rest = [pool.take()?.id, pool.take()?.id]
        #expect(rest == [given, nil])
    }

    @Test("hands out nothing that was in use before the start")
    func takesOver() {
        var pool = ClassPool(taken: [ClassID(minor: 0x10), ClassID(minor: 0x12)])
        var full = ClassPool(taken: [ClassID(minor: 0xfffe), ClassID(minor: 0x10)], spares: [ClassID(minor: 0x11)])
        let next = (pool.take(), full.take())
        #expect(next.0?.id.minor == 0x13 && next.1?.id.minor == 0x12)
    }

    @Test("a spare comes back only when it is known to be empty, with what it had counted")
    func spares() {
        let (id, earlier) = (ClassID(minor: 0x10), EarlierTraffic(uplink: TrafficCount(bytes: 7, packets: 1)))
        var pool = ClassPool(taken: [id])
        pool.giveBack(id, isKept: true)
        #expect((pool.count, pool.spares, pool.readySpares) == (1, 1, 0))
        let (before, looked) = (pool.take(), pool.takeResting(atMost: 9))
        #expect(before?.id != id && looked == [id])
        pool.put(id, earlier: nil)
        let again = pool.takeResting(atMost: 1)
        #expect(pool.readySpares == 0 && again == [id])
        pool.put(id, earlier: earlier)
        let place = pool.take()
        #expect(place == ClassPool.Place(id: id, earlier: earlier))
        #expect(pool.spares == 0)
    }

    @Test("keeps classes, and a reserve of them, only where making one takes long", arguments: [
        (0, 0, .nothing), (255, 0, .nothing), (255, 1, .fewerSpares), (256, 63, .spare), (256, 64, .nothing), (1_000, 63, .spare), (1_000, 125, .nothing), (10_000, 1_023, .spare),
        (10_000, 1_024, .nothing), (10_000, 3_048, .nothing), (10_000, 3_049, .fewerSpares), (5, 10_000, .fewerSpares),
    ] as [(Int, Int, ClassPool.Need)])
    func needs(_ used: Int, _ spares: Int, _ need: ClassPool.Need) {
        let ids = ClassID.forSessions.map { ClassID(minor: $0) }
        let pool = ClassPool(taken: ids.prefix(used), spares: Array(ids.dropFirst(used).prefix(spares)))
        #expect(pool.need == need)
        #expect(pool.keepsClasses == (used + spares > 256))
    }

    @Test("tended to for long enough it needs nothing, whatever it began with", arguments: [(0, 2_000), (1_500, 0), (1_500, 9_000), (65_519, 0)])
    func tended(_ used: Int, _ spares: Int) throws {
        let ids = ClassID.forSessions.map { ClassID(minor: $0) }
        var pool = ClassPool(taken: ids.prefix(used), spares: Array(ids.dropFirst(used).prefix(spares)))
        var steps = 0
        while pool.need != .nothing, steps < 20_000 {
            steps += 1
            if pool.need == .spare {
                let id = pool.nameSpare()
                pool.put(try #require(id), earlier: EarlierTraffic())
            } else {
                let id = pool.dropSpare()
                #expect(id != nil)
            }
        }
        #expect(pool.need == .nothing && pool.count - pool.spares == used)
    }
}
