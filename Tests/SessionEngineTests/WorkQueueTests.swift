import QoDTestSupport
import QualityOnDemand
import Testing

@testable import SessionEngine

@Suite("The work queue")
struct WorkQueueTests {
    private let ids = (0..<5).map { SessionID(high: 0, low: UInt64($0)) }

    @Test("gives out each id once, in the order in which they came")
    func once() {
        let queue = WorkQueue(capacity: 10)
        for id in ids + ids { queue.add(id) }
        #expect(queue.take(upTo: 10, at: .zero) == ids)
        #expect(queue.take(upTo: 10, at: .zero) == [])
    }

    @Test("gives an id to one worker at a time; one that came again meanwhile is done once more")
    func oneAtATime() {
        let queue = WorkQueue(capacity: 10)
        queue.add(ids[0])
        #expect(queue.take(upTo: 1, at: .zero) == [ids[0]])
        queue.add(ids[0])
        queue.add(ids[0])
        #expect(queue.take(upTo: 1, at: .zero) == [])
        #expect(queue.begin(ids.prefix(2).map { WorkQueue.Work(id: $0, owner: nil) }) == [ids[1]])
        queue.finish([ids[0]], at: .zero)
        #expect(queue.take(upTo: 1, at: .zero) == [ids[0]])
        queue.finish([ids[0]], at: .zero)
        #expect(queue.take(upTo: 1, at: .zero) == [])
    }

    @Test("brings back what did not work out, later and later")
    func backingOff() {
        let queue = WorkQueue(capacity: 10)
        queue.add(ids[0])
        var now = Duration.zero
        var waits: [Duration] = []
        for _ in 0..<12 {
            let start = now
            while !queue.hasReady(at: now) { now += .milliseconds(10) }
            waits.append(now - start)
            #expect(queue.take(upTo: 1, at: now) == [ids[0]])
            queue.finish([ids[0]], again: [ids[0]], at: now)
        }
        #expect(waits[1] <= .milliseconds(210) && waits[1] >= .milliseconds(100))
        #expect(waits.max()! <= .seconds(31) && waits.last! >= .seconds(15))
    }

    private func id(_ number: Int) -> SessionID { SessionID(high: 1, low: UInt64(number)) }

    @Test("clients take turns, however many ids one of them has in line")
    func turns() {
        let queue = WorkQueue(capacity: 100_000)
        let (busy, other) = (ClientID("busy"), ClientID("other"))
        for number in 0..<20_000 { queue.add(id(number), of: busy) }
        queue.add(ids[0], of: other)
        queue.add(ids[1])
        let first = queue.take(upTo: 64, at: .zero)
        #expect(first.count == 64 && first.contains(ids[0]) && first.contains(ids[1]))
        queue.finish(first, again: [ids[0]], at: .zero)
        var taken = first.count
        while case let next = queue.take(upTo: 64, at: .seconds(1)), !next.isEmpty {
            // The id to be retried is among the next ids.
            if taken == 64 { #expect(next.contains(ids[0])) }
            taken += next.count
        }
        #expect(taken == 20_003, "each once, and one twice")
        #expect(queue.count == 0)
    }

    @Test("the one that comes into a full queue with a short line takes the place of the last in the longest")
    func full() {
        let queue = WorkQueue(capacity: 4)
        let (busy, other) = (ClientID("busy"), ClientID("other"))
        #expect((0..<6).map { queue.add(id($0), of: busy) } == [true, true, true, true, false, false])
        #expect(queue.add(ids[0], of: other) && queue.add(ids[1], of: other))
        #expect(!queue.add(ids[2], of: other) && queue.count == 4)
        #expect(Set(queue.take(upTo: 9, at: .zero)) == [id(0), id(1), ids[0], ids[1]])
    }

    @Test("takes no more than its capacity, and then takes again")
    func bounded() {
        let queue = WorkQueue(capacity: 3)
        #expect(ids.map { queue.add($0) } == [true, true, true, false, false])
        #expect(queue.take(upTo: 10, at: .zero) == Array(ids.prefix(3)))
        #expect(queue.add(ids[4]))
    }
}
