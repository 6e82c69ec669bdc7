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
        #expect(queue.begin([ids[0], ids[1]]) == [ids[1]])
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

    @Test("takes no more than its capacity, and then takes again")
    func bounded() {
        let queue = WorkQueue(capacity: 3)
        #expect(ids.map { queue.add($0) } == [true, true, true, false, false])
        #expect(queue.take(upTo: 10, at: .zero) == Array(ids.prefix(3)))
        #expect(queue.add(ids[4]))
    }
}
